"""The training text, all of it made here: conversations about the market, small sums, lists, stories, JSON and tool calls.

A conversation is a list of (role, content). `training(seed)` and `held_out()` never share a question: a question goes to one
of them by its hash.
"""
import hashlib
import json
import pathlib
import random

# What the market says of itself; the built-in answerer speaks from the same file.
FACTS = json.loads((pathlib.Path(__file__).parents[2] / "packages/node/src/engine/builtin/facts.json").read_text())
NAMES = "Tim Ada Ben Cleo Dora Finn Gus Hana Ivo June Kai Lena Milo Nora Otto Pia Rosa Sam Tess Uma Vera Will Zoe".split()
ANIMALS = "fox cat dog owl bear mouse duck frog horse wolf goat crow hen rabbit whale otter".split()
THINGS = "lamp key boat hat book drum stone ring map bell cup rope coin ladder kite clock".split()
PLACES = "forest river hill village market harbour garden castle cave meadow mill island".split()
KINDS = {
    "animals": ANIMALS, "things": THINGS, "places": PLACES, "names": NAMES,
    "colours": "red blue green yellow white black brown purple grey orange".split(),
    "foods": "bread soup apples cheese honey rice cake pears fish nuts beans plums".split(),
}
MOODS = "small old quiet brave hungry clever happy young curious gentle proud shy".split()
MODELS = ["atoma/small", "atoma/small-q8", "atoma/small-q4", "atoma/demo-chat"]
TOOLS = [
    {"name": "quote", "description": "Price of a model", "parameters": {"type": "object", "properties": {"model": {"type": "string"}}, "required": ["model"]}},
    {"name": "balance", "description": "Balance of the wallet", "parameters": {"type": "object", "properties": {}}},
    {"name": "weather", "description": "Weather of a city", "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}},
    {"name": "add", "description": "Sum of two numbers", "parameters": {"type": "object", "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}}, "required": ["a", "b"]}},
]
CITIES = "Paris Rome Madrid Tokyo Cairo Lima Oslo Athens Vienna Warsaw Accra Dublin".split()
BEFORE = ["", "", "", "Please tell me, ", "Hi! ", "Hello, ", "I am new here: ", "A question: ", "Quick question: ", "In short, ", "Can you tell me: ", "Thanks. "]
AFTER = ["?", "?", "?", "", ".", "? Thanks!", " please?", " in Atoma?", "? In one sentence."]


def is_held_out(question):
    """One question in ten, the same ones on every machine."""
    return hashlib.sha256(question.lower().encode()).digest()[0] % 10 == 0


def asked(r, core):
    text = r.choice(BEFORE) + core + r.choice(AFTER)
    style = r.random()
    return text.lower() if style < 0.2 else text[0].upper() + text[1:]


def fact(r):
    f = r.choice(FACTS)
    return asked(r, r.choice(f["q"])), r.choice(f["a"]), f["keys"]


def sum_(r):
    kind = r.randrange(3)
    if kind == 0:
        a, b = r.randint(0, 20), r.randint(0, 20)
        words, sign, result = "plus", "+", a + b
    elif kind == 1:
        a, b = r.randint(0, 20), r.randint(0, 20)
        a, b = max(a, b), min(a, b)
        words, sign, result = "minus", "-", a - b
    else:
        a, b = r.randint(0, 10), r.randint(0, 10)
        words, sign, result = "times", "*", a * b
    core = r.choice([f"what is {a} {words} {b}", f"what is {a} {sign} {b}", f"{a} {sign} {b}", f"compute {a} {words} {b}"])
    return asked(r, core).replace(" in Atoma", ""), f"{a} {sign} {b} = {result}.", [f"= {result}."]


def list_(r):
    kind = r.choice(list(KINDS))
    n = r.randint(2, 5)
    chosen = r.sample(KINDS[kind], n)
    core = r.choice([f"list {n} {kind}", f"name {n} {kind}", f"give me {n} {kind}"])
    return asked(r, core).replace(" in Atoma", ""), "\n".join(f"{i + 1}. {x}" for i, x in enumerate(chosen)), [f"{n}. "]


def story(r):
    name, friend = r.sample(NAMES, 2)
    animal, thing, place, mood = r.choice(ANIMALS), r.choice(THINGS), r.choice(PLACES), r.choice(MOODS)
    core = r.choice([f"tell a story about a {animal}", f"write a short story about a {animal}", f"a story about a {animal} please"])
    middle = r.choice([
        f"One day {name} found a {thing} near the {place}.",
        f"{name} wanted to sell a {thing} at the {place}, and {friend} bought it.",
        f"{friend} had lost a {thing} in the {place}, and {name} brought it back.",
    ])
    end = r.choice([f"After that, {name} and {friend} were friends.", f"In the end {name} was happy.", f"And that is how {name} got a {thing}."])
    return asked(r, core).replace(" in Atoma", ""), f"Once there was a {mood} {animal} named {name}. {middle} {end}", [animal]


def json_(r):
    name, age, thing, n = r.choice(NAMES), r.randint(1, 60), r.choice(THINGS), r.randint(1, 20)
    core, value = r.choice([
        (f"give JSON with name and age: {name} is {age}", {"name": name, "age": age}),
        (f"write JSON with item and count: {n} of {thing}", {"item": thing, "count": n}),
        (f"give JSON with city and name: {name} lives in", None),
    ])
    if value is None:
        city = r.choice(CITIES)
        core, value = f"{core} {city}", {"city": city, "name": name}
    first = core[0].upper() + core[1:]
    return first + r.choice([".", ""]), json.dumps(value), [json.dumps(value)]


def tool(r):
    offered = r.sample(TOOLS, r.randint(1, 3))
    t = r.choice(offered)
    a, b, city, model = r.randint(0, 50), r.randint(0, 50), r.choice(CITIES), r.choice(MODELS)
    question, arguments, answer, result = {
        "quote": (f"What does {model} cost?", {"model": model}, f"The price of {model} is {a} base units.", json.dumps({"price": a})),
        "balance": (r.choice(["How much do I have?", "What is my balance?"]), {}, f"You have {a} TOMA.", json.dumps({"toma": a})),
        "weather": (r.choice([f"How is the weather in {city}?", f"Weather in {city}?"]), {"city": city}, f"In {city} it is {a} degrees.", json.dumps({"degrees": a})),
        "add": (f"Use the tool: add {a} and {b}.", {"a": a, "b": b}, f"The sum is {a + b}.", json.dumps({"sum": a + b})),
    }[t["name"]]
    call = json.dumps({"name": t["name"], "arguments": arguments})
    system = "Tools:\n" + "\n".join(json.dumps(x) for x in offered)
    turns = [("system", system), ("user", question), ("assistant", f"<tool_call>{call}</tool_call>")]
    if r.random() < 0.5:
        turns += [("tool", result), ("assistant", answer)]
    return turns, call


GREETINGS = [
    (["hello", "hi", "hey", "good morning", "hi there"], "Hello! Ask me about the market, or give me a small sum."),
    (["thank you", "thanks", "thanks a lot"], "You are welcome."),
    (["bye", "goodbye", "see you"], "Goodbye!"),
    (["how are you", "how are you today"], "I am fine, thank you. How can I help?"),
]


def greeting(r):
    words, answer = r.choice(GREETINGS)
    return asked(r, r.choice(words)).replace(" in Atoma", ""), answer, [answer.split()[0]]


SINGLE = [(fact, 0.52), (sum_, 0.16), (list_, 0.07), (story, 0.08), (json_, 0.08), (greeting, 0.04)]


def single(r):
    x = r.random() * sum(w for _, w in SINGLE)
    for make, w in SINGLE:
        x -= w
        if x <= 0:
            return make(r)
    return fact(r)


def training(seed):
    """Endless conversations; none has a held-out question."""
    r = random.Random(seed)
    while True:
        if r.random() < 0.07:
            yield tool(r)[0]
            continue
        turns = [("system", r.choice(["You are helpful.", "You answer questions about Atoma.", "Be brief."]))] if r.random() < 0.15 else []
        for _ in range(1 if r.random() < 0.7 else 2):
            question, answer, _ = single(r)
            if is_held_out(question):
                continue
            turns += [("user", question), ("assistant", answer)]
        if len(turns) > 1 or (turns and turns[0][0] == "user"):
            yield turns


def held_out(count=100, seed=7):
    """Questions that training never sees, each with the key facts that a right answer contains."""
    r = random.Random(seed)
    rows, seen = [], set()
    while len(rows) < count:
        question, _, keys = single(r)
        if is_held_out(question) and question not in seen:
            seen.add(question)
            rows.append({"prompt": question, "keys": keys})
    return rows


if __name__ == "__main__":
    print(json.dumps(held_out(), indent=1, ensure_ascii=False))
