"""Words that a full stop may follow in the middle of a sentence, and words that begin one, in eight languages.

A lower-case entry stands for the capitalized form too. An abbreviation in two parts ("z. B.") is one entry, in small
letters.
"""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# A full stop after these never ends a sentence: titles, "for example", "see".
NEVER = _words(
    # English
    """dr mr mrs ms mx prof Rev Hon Gen Col Capt Cpt lt sgt cpl Maj Cmdr Adm Gov Sen Rep Pres Supt messrs mmes
    vs viz e.g i.e cf approx ca mt
    """
    # German
    """Hr Hrn Fr dipl dipl.-ing Ing Mag bzw evtl ggf vgl z.b d.h i.d d.r u.u z.t z.zt i.a i.allg s.o s.u v.a o.g sog
    inkl exkl einschl geb gest bspw insb entspr betr bez stellv fa hl allg ehem urspr eigtl med jur rer habil m.e
    """
    # French
    """MM Me mlle mlles mme mmes mgr pr p.ex par.ex c.-à-d c.à.d env av apr ste
    """
    # Spanish
    """sr sra srta sres dra dña ud uds vd vds p.ej ej lic arq excmo excma ilmo gral cnel tte sto sta mons EE aprox
    depto dpto avda
    """
    # Italian and Portuguese
    """sig sigg sig.ra sig.na dott dott.ssa prof.ssa avv geom On on.le ecc.mo ad.es per.es p.es cfr s.ta spett profa
    exmo exma """
    # Russian
    """т.е т.к т.н т.о и.о г-н г-жа г-жи проф акад доц ул пр-т просп пер пл пос наб д-р напр ср св ред сост инж
    """
    # Hindi
    """डॉ प्रो पं सु श्रीमती कु
    """
)

# A number or a Roman numeral after these continues the sentence; anything else begins one.
NUMBERED = _words(
    """no nos nr nrn abschn anl rn bl hs nº n.º n.° núm fig figs abb tab art arts p pp pg pag pagg pág págs pags vol
    vols bd ch chap cap
    caps sec sect eq eqs ex abs kap ziff anm s st ver v jan feb mar apr jun jul aug sep sept oct nov dec janv févr
    avr juil déc ene abr ago set dic okt dez mai гл ок mind стр рис табл п пп № т с вып d n bl ed th app col
    """
)

# These may end a sentence, which shows if the next word is one that begins sentences.
MAYBE = _words(
    """inc ltd co corp bros jr sr esq ph.d m.d b.a m.a b.sc m.sc u.s u.k u.n u.s.a e.u d.c b.c a.d c.e b.c.e st ave
    blvd rd al vol ed
    eds dept univ assn intl govt ft mm
    u.a u.ä o.ä u.v.m v.chr n.chr chr jh jhd mio mrd std min sek str tel mfg e.v gmbh zzt hrsg i.r a.d
    cie éd s.a s.a.r.l j.-c av.j apr.j bd boul
    UU ee.uu a.c d.c s.l cía ltda
    s.p.a s.r.l a.c d.c c.so
    г гг в вв н.э э г.г руб коп млн млрд мин сек тов им см тыс обл ст
    """
)

# These often end a sentence: any capital letter begins the next.
OFTEN = _words("""etc ecc usw u.s.w u.s.f usf a.m p.m т.д т.п u.v.a etc.pp др пр""")

# Names of days, months and time zones: after a time of day they continue the sentence.
AFTER_TIME = _words(
    """Monday Tuesday Wednesday Thursday Friday Saturday Sunday January February March April May June July August
    September October November December Mon Tue Wed Thu Fri Sat Sun Eastern Pacific Central Mountain EST EDT PST PDT CST
    CDT MST GMT UTC CET CEST BST local
    """
)

# German nouns after an ordinal number, which is written with a full stop: the third of October.
COUNTED = _words(
    """Januar Februar März April Mai Juni Juli August September Oktober November Dezember Jänner Jahrhundert
    Jahrhunderts Jahrtausend Jahrtausends Klasse Platz Stock Etage Weltkrieg Weltkriegs Auflage Liga Runde Mal Kapitel
    Geburtstag Jahrestag Tag Woche Stunde Minute Semester Bundesliga Internationale
    """
)

# German words before an ordinal number.
COUNTING = _words(
    """am im vom zum beim ans der dem den des die das ein eine einem einer einen eines jeder jedem jeden jedes jede
    dieser diesem diesen dieses diese bis ab seit und oder ihr ihre ihrem ihren ihrer sein seine seinem seinen seiner
    mein meine meinem meinen meiner unser unsere unserem unseren
    """
)

# A letter or a number after these is a label, and a full stop behind the label ends the sentence.
LABELS = _words(
    """vitamin vitamins vitamine vitamina vitaminas plan type typ tipo option class hepatitis grade category
    gruppe groupe grupo schritt appendix exhibit витамин витамина план тип вариант класс
    """
)

# These begin sentences, and hardly ever a name.
STARTERS = _words(
    # English
    """A An The This That These Those There Then Thus Here He She It We They You I My Our Your His Her Their Its But
    And Or So Yet If When While As At In On For From With Without Because Although Though However Therefore Moreover
    Meanwhile After Before Since Once Until What Who Why How Where Which Whether Both Each Every Some Many Most Such
    Not No Nobody Nothing Let Please Also Another Still Later Today Now By To During
    """
    # German
    """Der Die Das Den Dem Des Ein Eine Einen Er Sie Es Wir Ihr Ich Du Man Und Aber Oder Doch Dann Danach Deshalb Daher
    Dort Hier Heute Wenn Als Weil Obwohl Während Nach Vor Seit Bei Mit Ohne Für Auf Aus Zu Zum Zur Im In Am Ab Auch Dies
    Diese Dieser Dieses Diesen Jeder Jede Alle Viele Manche Kein Keine Was Wer Wie Wo Warum Welche So Nun Zudem Später
    Dabei Damit Dafür Darum Trotzdem Sein Seine Ihre Unser Unsere Leider Bitte
    """
    # French
    """Il Elle Ils Elles On Nous Vous Je Tu Ce Cet Cette Ces Ceci Cela Mais Et Ou Donc Or Ni Car Puis Alors Ensuite
    Quand Lorsque Si Comme Pour Par Dans Sur Sous Avec Sans Après Avant Pendant Depuis Selon Un Une Son Sa Ses Leur
    Leurs Notre Votre Aujourd’hui Aujourd'hui Ainsi Cependant Toutefois C’est C'est Il’y Qui Que Quoi Où Pourquoi
    Comment Chaque Tout Tous Toutes Aucun Enfin À
    """
    # Spanish and Portuguese
    """Él Ella Ellos Ellas Yo Tú Nosotros Usted Ustedes Este Esta Esto Estos Estas Ese Esa Eso Aquel Pero Y O Sin Con
    Por Para Cuando Como Cómo Qué Quién Dónde Porque Aunque Mientras Después Antes Desde Hasta Según Entonces Luego
    También Así Hoy Ahora Hay No Ya Si Sí Un Una Unos Unas Su Sus Nuestro En Es Son Se Lo Le Les Tras Además Todo
    Todos Cada Ele Ela Eles Elas Eu Nós Você Isso Isto Aquilo Mas E Depois Quando Também Então Hoje Agora Não Sim Uma
    Seu Sua Em Ao Com Sem Até Onde
    """
    # Italian
    """Lui Lei Loro Io Noi Voi Egli Essa Essi Questo Questa Questi Queste Quello Quella Ma Però Quindi Dunque Poi
    Dopo Prima Mentre Perché Anche Così Oggi Ora Ci C’è C'è Non Se Uno Il Gli Nel Nella Nei Al Alla Dal Dalla Con Per
    Tra Fra Su Suo Ogni Tutti Tutto Chi Che Dove Come È
    """
    # Russian
    """Он Она Оно Они Я Мы Вы Ты Это Этот Эта Эти Тот Та Те Там Тут Здесь Тогда Потом Затем Но А И Или Да Нет Не Если
    Когда Пока Как Так Что Кто Где Почему Зачем В Во На С Со К По За Из От До После Перед При Для Без Под У О Об Его
    Её Их Наш Ваш Свой Все Всё Весь Каждый Сегодня Теперь Сейчас Поэтому Однако Хотя Также Ещё Уже Лишь Только Позже
    """
)
# Articles begin sentences and names alike, so after an initial they decide nothing.
ARTICLES = _words("""Le La Les L’ Du De Des Der Die Das Den El Los Las Il Lo Gli I Os As Da Do Dos Di Al An No So""")
