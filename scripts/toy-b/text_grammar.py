"""Short plain text from a templated grammar, written for this project.

One line is one small story: its person, place, animal, thing and colour are drawn once and come
back, so a reader of bytes gains from remembering the line. About one line in eight is Spanish,
which gives the model multi-byte UTF-8. Lines are split by hash like the tasks: bucket 0 `test`,
1 `calib`, 2 `valid`, the other seven `train`.
"""

from rng import bucket

SPLITS = ("test", "calib", "valid", "train")

SHE = "Ada Bruna Celia Dora Edda Farah Greta Hana Ines Jana Kira Lena Mara Nadia Olga Petra".split()
HE = "Arno Boris Cyril Dario Emil Fabio Goran Hugo Ivan Jonas Karim Luis Milan Nils Oskar Pavel".split()
PLACE = ("the harbour|the old mill|the river|the market|the school|the lighthouse|the station|the orchard|"
         "the north gate|the small lake|the library|the bridge|the bakery|the stone tower").split("|")
ANIMAL = "goat hen dog cat mule duck horse turkey lamb rabbit donkey robin".split()
THING = "lamp rope basket ladder kettle drum map coat bell bucket clock wheel chair letter".split()
COLOUR = "red blue green white black yellow brown grey".split()
FOOD = "bread soup cheese apples rice plums honey beans pears fish".split()
WEATHER = "rain snow wind fog sun frost hail".split()
TIME = "in the morning|at noon|in the evening|before dawn|after lunch|late at night".split("|")
NUMBER = "two three four five six seven eight nine ten twelve".split()
MOOD = "happy tired quiet proud hungry calm curious late".split()

OPENINGS = (
    "{Name} lives near {place} with a {colour} {animal}.",
    "{Name} works at {place} and owns a {colour} {thing}.",
    "There was once a {animal} at {place}, and it belonged to {Name}.",
    "{time1}, {Name} walked to {place} with the {animal}.",
    "When the {weather} came, {Name} was alone at {place}.",
)
MIDDLES = (
    "{Pron} bought {number} loaves and some {food}.",
    "The {animal} wanted {food}, but {pron} only had {food2}.",
    "{Pron} put the {thing} under the table and closed the door.",
    "The {thing} was {colour}, and everybody at {place} knew it.",
    "{Name} counted {number} {animal2}s on the way home.",
    "{Time}, the {weather} stopped and the road was dry again.",
    "{Friend} asked {Name} for the {thing}.",
    "\"Where is the {thing}?\" asked {Friend}.",
    "\"It is at {place},\" said {Name}.",
    "{Pron} gave {Friend} the {colour} {thing} and {number} coins.",
    "It took {number} days to mend the {thing}.",
    "The {animal} slept beside the {thing} all day.",
    "{Name} and {Friend} ate {food} {time}.",
    "Nobody had seen so much {weather} in {number} years.",
    "If the {animal} is {mood}, then {Name} is {mood} too.",
)
ENDINGS = (
    "In the end, {Name} was {mood}.",
    "So {pron} went back to {place} and slept.",
    "Since then, the {thing} has been at {place}.",
    "The {animal} never left {Name} again.",
    "That is why {Friend} still has the {colour} {thing}.",
    "{Time}, all was quiet at {place}.",
)

ES_ANIMAL = "el perro|el gato|el caballo|el búho|el ratón|el pájaro|el león|el burro".split("|")
ES_PLACE = "el molino|el río|la estación|el jardín|la montaña|el camión|la biblioteca|el árbol".split("|")
ES_FOOD = "pan|maíz|limón|plátano|jamón|miel|arroz|azúcar".split("|")
ES_TIME = "Por la mañana|Después|Al mediodía|Más tarde|Ayer|Mañana".split("|")
SPANISH = (
    "{Name} vive cerca de {place} con {animal}.",
    "{time}, {animal} comió {food} en {place}.",
    "«¿Dónde está {animal}?», preguntó {Friend}.",
    "«Está en {place}», contestó {Name}.",
    "{time}, {Name} llevó {food} y {food2} a {place}.",
    "{Friend} también quería {food}, pero no había más.",
    "{time}, {animal} se durmió en {place}.",
)


def split_of(line):
    return SPLITS[min(bucket("text", line), 3)]


def line(rng, split):
    """One story of 4 to 7 sentences without its newline, drawn until it falls into `split`."""
    while True:
        text = _spanish(rng) if rng.chance(12) else _english(rng)
        if split_of(text) == split:
            return text


def _english(rng):
    she = rng.chance(50)
    fixed = {
        "Name": rng.choice(SHE if she else HE), "Friend": rng.choice(HE if she else SHE),
        "pron": "she" if she else "he", "Pron": "She" if she else "He",
        "place": rng.choice(PLACE), "animal": rng.choice(ANIMAL), "thing": rng.choice(THING),
        "colour": rng.choice(COLOUR), "weather": rng.choice(WEATHER), "mood": rng.choice(MOOD),
    }

    def fill(template):
        time = rng.choice(TIME)
        return template.format(
            **fixed, time=time, Time=time.capitalize(), time1=rng.choice(TIME).capitalize(), food=rng.choice(FOOD),
            food2=rng.choice(FOOD), number=rng.choice(NUMBER), animal2=rng.choice(ANIMAL))

    sentences = [fill(rng.choice(OPENINGS))]
    sentences += [fill(t) for t in _distinct(rng, MIDDLES, rng.between(2, 5))]
    sentences.append(fill(rng.choice(ENDINGS)))
    return " ".join(sentences)


def _spanish(rng):
    fixed = {"Name": rng.choice(SHE), "Friend": rng.choice(HE),
             "place": rng.choice(ES_PLACE), "animal": rng.choice(ES_ANIMAL)}
    sentences = [t.format(**fixed, time=rng.choice(ES_TIME), food=rng.choice(ES_FOOD), food2=rng.choice(ES_FOOD))
                 for t in _distinct(rng, SPANISH, rng.between(4, 6))]
    return " ".join(s[0].upper() + s[1:] for s in sentences)


def _distinct(rng, items, count):
    pool, out = list(items), []
    for _ in range(count):
        out.append(pool.pop(rng.below(len(pool))))
    return out
