"""One paid call in three processes: a worker publishes it, two readers follow it, and the worker is killed on purpose.

The readers notice the loss within the worker's lease. A second worker takes the place of the first one, and the readers
read its answer from the start: the beginning of one answer and the end of another are never mixed.
"""

import asyncio
import subprocess
import sys

import streamkit as sk
from streamkit.testing import RedisServer, Script, chat_events

WORDS = [f"word{number} " for number in range(1, 41)]


async def work(log: sk.RedisLog, if_exists: str) -> None:
    """Ask, and publish the answer under an id that the readers know."""
    slowly = [step for event in chat_events(*WORDS) for step in (event, 0.02)]
    stream = Script(slowly).stream("Forty words.")  # live: sk.stream("openai/gpt-5-mini", …)
    await log.publish(stream, "answer-7", if_exists="replace" if if_exists == "replace" else "error")


async def read(log: sk.RedisLog) -> None:
    """Print where the answer begins, and how it ends."""
    while True:
        try:
            async for n, chunk in sk.from_log(log, "answer-7").read():
                if chunk.content in ("word1 ", "word40 "):
                    print("chunk", n, chunk.content, flush=True)
            return
        except sk.StreamNotFound:
            await asyncio.sleep(0.02)  # the worker has not begun
        except sk.ProducerLost:
            print("the worker is lost", flush=True)
            while (await log.status("answer-7")).state == "lost":
                await asyncio.sleep(0.02)


def main() -> None:
    """Start the processes, kill the first worker, and start another one."""
    with RedisServer() as server:
        first = subprocess.Popen([*ME, server.url, "error"])
        readers = [subprocess.Popen([*ME, server.url, "read"], stdout=-1, text=True) for _ in range(2)]
        lines = [reader.stdout and reader.stdout.readline() for reader in readers]  # the answer has begun
        first.kill()
        lines += [reader.stdout and reader.stdout.readline() for reader in readers]  # the loss
        second = subprocess.Popen([*ME, server.url, "replace"])
        print(*lines, *(reader.communicate()[0] for reader in readers), sep="", end="")
        print("worker:", "killed" if first.wait() else "done", "and", "done" if not second.wait() else "failed")


ME = (sys.executable, __file__)

if __name__ == "__main__" and len(sys.argv) > 1:
    redis = sk.RedisLog(sys.argv[1], lease=0.5)
    asyncio.run(read(redis) if sys.argv[2] == "read" else work(redis, sys.argv[2]))
elif __name__ == "__main__":
    main()
