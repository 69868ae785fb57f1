"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const $ = (id) => document.getElementById(id);
  const lanes = $("lanes"), panel = $("panel"), slider = $("at"), output = $("now"), tip = $("tip");
  const rows = [...lanes.querySelectorAll(".lane")];
  const names = rows.map((row) => row.querySelector(".name"));
  const LABELS = {
    text: "Text", thinking: "Thinking", plan: "Plan", refusal: "Refusal", transcript: "Transcript",
    audio: "Sound", image: "Images", citation: "Citations", tool: "Tool call", finish: "Finish reason", usage: "Tokens", void: "Asked again",
  };
  const IN_PANEL = ["thinking", "plan", "text", "refusal", "transcript"];
  const first = data.lanes.findIndex((lane) => lane.accepted);
  let chosen = Math.max(0, first < 0 ? data.lanes.findIndex((lane) => lane.deltas.length) : first);
  let at = data.total; // milliseconds
  let playing = 0;

  const number = (value) => value.toLocaleString("en");
  const counted = (count, noun) => `${number(count)} ${noun}${count === 1 ? "" : "s"}`;
  const time = (ms) => (ms < 1000 ? `${ms < 10 && ms ? ms.toFixed(1) : ms.toFixed(0)} ms` : `${(ms / 1000).toFixed(2)} s`);

  // The deltas of a lane that had arrived; they are in the order of time.
  const arrived = (lane, ms) => {
    let low = 0, high = lane.deltas.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (lane.deltas[middle][0] <= ms) low = middle + 1; else high = middle;
    }
    return low;
  };
  const chunks = (lane, ms) => {
    if (lane.end !== null && ms >= lane.end) return lane.count;
    const known = arrived(lane, ms);
    return known ? lane.deltas[known - 1][1] : 0;
  };

  function stateOf(lane, ms) {
    if (lane.sent === null) return lane.state || "not sent";
    if (ms < lane.sent) return "not begun";
    if (lane.end !== null && ms >= lane.end) return lane.state || "over";
    if (lane.kind === "reader") return "reads";
    return arrived(lane, ms) ? "streaming" : "waiting for content";
  }

  // What the answer was at a moment: the same as stream.at(n).
  function answer(lane, ms) {
    const found = new Map(), tools = new Map();
    const end = arrived(lane, ms);
    for (let index = 0; index < end; index += 1) {
      const [, , kind, text, size, choice, call, name] = lane.deltas[index];
      if (kind === "void") { // the answer is asked for again
        found.clear();
        tools.clear();
        continue;
      }
      if (call !== null) {
        const key = `${choice} ${call}`;
        if (!tools.has(key)) tools.set(key, { name: "", choice, parts: [] });
        const tool = tools.get(key);
        tool.name = tool.name || name;
        tool.parts.push(text);
        continue;
      }
      const key = `${choice} ${kind}`;
      if (!found.has(key)) found.set(key, { choice, kind, parts: [], size: 0 });
      const entry = found.get(key);
      if (kind === "usage" || kind === "finish") entry.parts = [text]; else entry.parts.push(text);
      entry.size += size;
    }
    return { found: [...found.values()], tools: [...tools.values()] };
  }

  function element(tag, kind, text) {
    const made = document.createElement(tag);
    if (kind) made.className = kind;
    made.textContent = text;
    return made;
  }

  function show() {
    const lane = data.lanes[chosen];
    lanes.style.setProperty("--at", data.total ? at / data.total : 1);
    slider.value = at;
    const many = lane ? chunks(lane, at) : 0;
    const place = lane && lane.count ? ` · chunk ${number(many)} of ${number(lane.count)}` : "";
    output.replaceChildren(element("b", "", time(at)), element("span", "long", place));
    slider.setAttribute("aria-valuetext", `${time(at)}${place}`);
    panel.replaceChildren();
    if (!lane) return;
    panel.append(element("h2", "", lane.title), element("p", "when", `${stateOf(lane, at)} · ${time(at)}${place}`));
    const { found, tools } = answer(lane, at);
    const several = found.some((each) => each.choice > 0);
    found.sort((one, other) => one.choice - other.choice || order(one.kind) - order(other.kind));
    for (const { choice, kind, parts, size } of found) {
      const heading = (lane.kind === "tool" && kind === "text" ? "Result" : LABELS[kind]) + (several ? ` of choice ${choice}` : "");
      const text = IN_PANEL.includes(kind) || kind === "finish" ? parts.join("")
        : kind === "usage" ? parts[0].replace(" ", " in, ") + " out"
        : kind === "audio" || kind === "image" ? counted(size, "byte") : number(size);
      if (!text) continue;
      const shown = element("p", kind, text);
      shown.dir = "auto";
      shown.dataset.kind = kind;
      shown.dataset.choice = choice;
      panel.append(element("h3", "", heading), shown);
    }
    for (const { name, choice, parts } of tools) {
      const code = element("code", "", parts.join(""));
      code.dataset.kind = "tool";
      code.dataset.choice = choice;
      const shown = element("p", "", "");
      shown.append(code);
      panel.append(element("h3", "", `Tool call: ${name}`), shown);
    }
    if (lane.facts.length) panel.append(element("h3", "", "In all"), element("p", "when", lane.facts.join("\n")));
  }
  const order = (kind) => Object.keys(LABELS).indexOf(kind) + (IN_PANEL.includes(kind) ? IN_PANEL.indexOf(kind) - 20 : 0);

  function choose(index) {
    chosen = index;
    rows.forEach((row, each) => {
      row.classList.toggle("chosen", each === index);
      names[each].setAttribute("aria-pressed", each === index);
    });
    show();
  }

  function moveTo(ms) {
    at = Math.min(Math.max(ms, 0), data.total);
    show();
  }

  function step(direction) {
    const lane = data.lanes[chosen];
    if (!lane) return;
    const times = lane.deltas.map((each) => each[0]);
    const next = direction > 0 ? times.find((each) => each > at) : times.filter((each) => each < at).pop();
    moveTo(next === undefined ? (direction > 0 ? data.total : 0) : next);
  }

  function stop() {
    cancelAnimationFrame(playing);
    playing = 0;
    $("play").setAttribute("aria-label", "Play");
    $("play").classList.remove("on");
  }
  function play() {
    if (playing) return stop();
    if (at >= data.total) at = 0;
    let last = performance.now();
    const tick = (now) => {
      moveTo(at + now - last);
      last = now;
      if (at >= data.total) stop(); else playing = requestAnimationFrame(tick);
    };
    $("play").setAttribute("aria-label", "Pause");
    $("play").classList.add("on");
    playing = requestAnimationFrame(tick);
  }

  slider.addEventListener("input", () => { stop(); moveTo(Number(slider.value)); });
  $("play").addEventListener("click", play);
  $("back").addEventListener("click", () => { stop(); step(-1); });
  $("on").addEventListener("click", () => { stop(); step(1); });
  names.forEach((name, index) => {
    name.addEventListener("click", () => choose(index));
    name.addEventListener("keydown", (event) => {
      const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (move !== undefined && names[index + move]) {
        names[index + move].focus();
        choose(index + move);
      } else if (event.key === "ArrowRight" || event.key === "ArrowLeft") {
        if (chosen !== index) choose(index);
        stop();
        step(event.key === "ArrowRight" ? 1 : -1);
      } else return;
      event.preventDefault();
    });
  });

  // Titles in a drawing become tips; without scripts the browser shows them itself.
  for (const title of lanes.querySelectorAll(".track title")) {
    title.parentNode.dataset.tip = title.textContent;
    title.parentNode.setAttribute("aria-label", title.textContent);
    title.remove();
  }

  function about(index, ms) {
    const lane = data.lanes[index];
    if (lane.kind === "reader") {
      if (lane.end !== null && ms > lane.end) return "";
      const known = lane.lags.filter(([since]) => since <= ms).pop();
      return known ? `${counted(known[1], "chunk")} behind` : "";
    }
    const reach = data.total / 480;
    const near = lane.deltas.filter(([since]) => Math.abs(since - ms) <= reach);
    const lines = [];
    for (const kind of Object.keys(LABELS)) {
      const these = near.filter((each) => each[2] === kind);
      if (!these.length) continue;
      const text = these.map((each) => each[3]).join("");
      const size = these.reduce((sum, each) => sum + each[4], 0);
      const amount = size && kind !== "citation" ? counted(size, "byte") : kind === "finish" || kind === "usage" || kind === "void" ? "" : counted(text.length || size, text ? "character" : "source");
      const excerpt = kind === "usage" ? text.replace(" ", " in, ") + " out" : kind === "image" ? "" : text;
      lines.push([LABELS[kind], amount, excerpt && `“${excerpt.length > 90 ? excerpt.slice(0, 90) + "…" : excerpt}”`].filter(Boolean).join(" · "));
    }
    return lines.join("\n");
  }

  function hover(event) {
    const track = event.target.closest && event.target.closest(".track");
    if (!track) return hide();
    const index = rows.indexOf(track.closest(".lane"));
    const box = track.getBoundingClientRect();
    const ms = Math.min(Math.max((event.clientX - box.left) / box.width, 0), 1) * data.total;
    const named = event.target.closest("[data-tip]");
    const words = [about(index, ms), named && track.contains(named) ? named.dataset.tip : ""].filter(Boolean).join("\n");
    tip.textContent = `${time(ms)}${words ? "\n" + words : ""}`;
    tip.hidden = false;
    const width = tip.offsetWidth, height = tip.offsetHeight;
    const left = Math.min(Math.max(event.clientX + 12, 4), innerWidth - width - 4);
    const below = event.clientY + 16;
    tip.style.left = `${left}px`;
    tip.style.top = `${below + height > innerHeight ? event.clientY - height - 10 : below}px`;
  }
  function hide() { tip.hidden = true; }
  lanes.addEventListener("pointermove", hover);
  lanes.addEventListener("pointerleave", hide);
  addEventListener("scroll", hide, { passive: true });
  addEventListener("keydown", (event) => { if (event.key === "Escape") hide(); });
  lanes.addEventListener("click", (event) => {
    const track = event.target.closest(".track");
    if (!track) return;
    stop();
    const box = track.getBoundingClientRect();
    at = Math.min(Math.max((event.clientX - box.left) / box.width, 0), 1) * data.total;
    choose(rows.indexOf(track.closest(".lane")));
  });

  slider.max = data.total;
  slider.step = "any";
  document.documentElement.classList.add("js");
  choose(chosen);
})();
