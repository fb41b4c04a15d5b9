"""Random queries out of the constructs that are compiled, with the kinds of their variables."""

from chains import AMOUNTS, DAYS, MONTHS, NUMBERS, TABLES, TEXTS, codes_of, escape, pool

from das_analysis.model import load_model
from das_analysis.semantic import terms

MODEL = load_model()
XSD = terms.XSD


def kind_of(column):
    if column.references:
        return f"row {column.references}"
    if column.codes:
        return f"code {column.codes}"
    return "address" if column.iri_prefix else column.type if column.type not in {"key", "text"} else "text"


def constant(column, value):
    """A value of a column as a term of SPARQL."""
    kind = kind_of(column)
    if kind.startswith("row"):
        return f"<{terms.row_prefix(column.references)}{value}>"
    if kind.startswith("code"):
        return f"<{terms.code_iri(column.codes, value)}>"
    if kind == "address":
        return f"<{column.iri_prefix}{value}>"
    return literal(kind, value)


def literal(kind, value):
    if kind == "text":
        return f'"{escape(value)}"'
    if kind in {"integer", "decimal"}:
        return str(value)
    if kind == "boolean":
        return str(value).lower()
    return f'"{value}"^^<{terms.DATATYPES[kind]}>'


class Asking:
    """One random query. `kinds` knows what each variable is, `loose` which can be unbound."""

    def __init__(self, random, *, plain=False):
        self.random, self.kinds, self.loose, self.count = random, {}, set(), 0
        self.plain = plain  # only what rdflib answers as SPARQL has it
        self.subjects = {}

    def fresh(self, kind, loose=False):
        self.count += 1
        name = f"?{self.random.choice('xX')}{self.count}"
        self.kinds[name] = kind
        if loose:
            self.loose.add(name)
        return name

    def maybe(self, share):
        return self.random.random() < share

    def of_kind(self, *kinds, loose=True):
        return [v for v, k in self.kinds.items() if k in kinds and (loose or v not in self.loose)]

    # ------------------------------------------------------------ patterns
    def star(self, subject, table, loose=False):
        """Some triples of one subject."""
        columns = [c for c in table.at("linked") if not c.identifier]
        chosen = self.random.sample(columns, self.random.randint(1, min(3, len(columns))))
        parts = [f"{subject} a das:{table.class_name}"] if self.maybe(0.7) else []
        for column in chosen:
            kind, roll = kind_of(column), self.random.random()
            shared = self.of_kind(kind, loose=False)
            if roll < 0.12:
                end = constant(column, self.random.choice(pool(column)))
            elif roll < 0.22 and shared and not loose:
                end = self.random.choice(shared)
            else:
                end = self.fresh(kind, loose)
                if column.references in TABLES and not loose:
                    self.subjects[end] = MODEL.tables[column.references]
            parts.append(f"{subject} das:{column.name} {end}")
        return " . ".join(parts) + " ."

    def subject(self):
        """A subject that is there already, or a new one."""
        if self.subjects and self.maybe(0.7):
            return self.random.choice(sorted(self.subjects.items(), key=lambda pair: pair[0]))
        table = MODEL.tables[self.random.choice(TABLES)]
        subject = self.fresh(f"row {table.name}")
        self.subjects[subject] = table
        return subject, table

    def path(self):
        """A path over references, forwards and back."""
        subject, table = self.subject()
        up = [c for c in table.at("linked") if c.references in TABLES]
        down = [
            (t, c)
            for t in map(MODEL.tables.get, TABLES)
            for c in t.at("linked")
            if c.references == table.name
        ]
        if up and self.maybe(0.6):
            column = self.random.choice(up)
            parent = MODEL.tables[column.references]
            then = self.random.choice([c for c in parent.at("linked") if not c.identifier])
            end = self.fresh(kind_of(then))
            return f"{subject} das:{column.name}/das:{then.name} {end} ."
        if down:
            child, column = self.random.choice(down)
            end = self.fresh(f"row {child.name}")
            self.subjects[end] = child
            return f"{subject} ^das:{column.name} {end} . {end} a das:{child.class_name} ."
        return ""

    def alternative(self):
        """Two properties of different kinds: no value is reached by both."""
        subject, table = self.subject()
        columns = [c for c in table.at("linked") if not c.identifier]
        one, other = self.random.sample(columns, 2)
        if kind_of(one) == kind_of(other):
            return ""
        return f"{subject} das:{one.name}|das:{other.name} {self.fresh('mixed')} ."

    def label(self):
        codes = [v for v, k in self.kinds.items() if k.startswith("code") and v not in self.loose]
        if not codes:
            return ""
        code = self.random.choice(codes)
        name = self.kinds[code].split()[1]
        roll = self.random.random()
        if roll < 0.4:
            found = self.fresh("label")
            lang = self.random.choice(["nl", "en"])
            return f'{code} skos:prefLabel {found} . FILTER(LANG({found}) = "{lang}")'
        if roll < 0.5:
            return f"{code} skos:prefLabel {self.fresh('label')} ."
        if roll < 0.6:
            return f"{code} skos:notation {self.fresh('text')} ."
        target = f"<{terms.code_iri(name, self.random.choice(codes_of(name)))}>"
        step = self.random.choice(["skos:broader", "skos:broader+", "skos:broader*"])
        fixed = step.endswith("*") or self.maybe(0.5)
        return f"{code} {step} {target if fixed else self.fresh(f'code {name}')} ."

    def group(self, depth=0):
        """A group graph pattern without its braces."""
        parts = [self.star(*self.subject())]
        more = range(self.random.randint(0, 3 - depth))
        parts += [self.random.choice(self.steps(depth))() for _ in more]
        return " ".join(filter(None, parts))

    def steps(self, depth):
        flat = [
            lambda: self.star(*self.subject()),
            self.path,
            self.alternative,
            self.label,
            self.filter,
            self.filter,
        ]
        if depth:
            return flat
        return [
            *flat,
            self.optional,
            self.optional,
            self.union,
            self.minus,
            self.exists,
            self.bind,
            self.values,
        ]

    def inside(self, body):
        """Run a part whose new variables are not seen outside."""
        kinds, loose, subjects = dict(self.kinds), set(self.loose), dict(self.subjects)
        text = body()
        self.kinds, self.loose, self.subjects = kinds, loose, subjects
        return text

    def optional(self):
        subject, table = self.subject()
        before = set(self.kinds)
        triples = self.star(subject, table, loose=True)
        test = self.filter() if self.maybe(0.4) else ""
        self.loose |= set(self.kinds) - before
        return f"OPTIONAL {{ {triples} {test} }}"

    def union(self):
        before = set(self.kinds)
        subject, table = self.subject()
        one = self.star(subject, table, loose=True)
        other = self.star(subject, table, loose=True)
        for name in [n for n in self.kinds if n not in before and n in other and self.maybe(0.3)]:
            twin = next(
                (n for n in self.kinds if n not in before and n in one and self.kinds[n] == self.kinds[name]),
                None,
            )
            if twin and twin != name and subject not in {twin, name}:
                other = other.replace(f"{name} ", f"{twin} ")
        return f"{{ {one} }} UNION {{ {other} }}"

    def minus(self):
        subject, table = self.subject()
        return self.inside(lambda: f"MINUS {{ {self.star(subject, table)} }}")

    def exists(self):
        subject, table = self.subject()
        word = self.random.choice(["EXISTS", "NOT EXISTS"])
        return self.inside(
            lambda: (
                f"FILTER {word} {{ {self.star(subject, table)} {self.filter() if self.maybe(0.3) else ''} }}"
            )
        )

    def bind(self):
        kind = self.random.choice(["integer", "boolean", "text"])
        if self.plain:
            return ""
        text = self.expression(kind)
        return f"BIND({text} AS {self.fresh(kind, loose=True)})"

    def values(self):
        found = self.of_kind("date", "integer", "text", "boolean", loose=False)
        codes = [v for v, k in self.kinds.items() if k.startswith("code") and v not in self.loose]
        if not found and not codes:
            return ""
        name = self.random.choice(found + codes)
        kind = self.kinds[name]
        if kind.startswith("code"):
            given = [f"<{terms.code_iri(kind.split()[1], c)}>" for c in codes_of(kind.split()[1])]
        else:
            given = [
                literal(kind, v)
                for v in {"date": DAYS, "integer": NUMBERS, "text": TEXTS, "boolean": [True]}[kind]
            ]
        chosen = self.random.sample(given, self.random.randint(1, len(given)))
        return f"VALUES {name} {{ {' '.join(chosen)} }}"

    # ------------------------------------------------------------ expressions
    def filter(self):
        if self.plain:
            found = [(v, self.kinds[v]) for v in self.of_kind("date", "integer", "text", loose=False)]
            name, kind = self.random.choice(found or [("?nowhere", "integer")])
            return f"FILTER({name} {self.random.choice(['=', '!=', '<', '>='])} {self.literal(kind)})"
        return f"FILTER({self.expression('boolean')})"

    def expression(self, kind, depth=0):
        makers = {"boolean": self.boolean, "integer": self.number, "decimal": self.number, "text": self.text}
        made = makers.get(kind, lambda depth: None)(depth)
        found = self.of_kind(kind)
        if made is None or (found and self.maybe(0.15)):
            return self.random.choice(found) if found else self.literal(kind)
        return made

    def literal(self, kind):
        pools = {
            "date": DAYS,
            "integer": NUMBERS,
            "text": TEXTS[:3],
            "boolean": [True, False],
            "month": MONTHS,
        }
        pools["decimal"] = AMOUNTS
        return (
            literal(kind, self.random.choice(pools.get(kind, [0])) if kind in pools else 0)
            if kind in pools
            else "?nowhere"
        )

    def boolean(self, depth):
        roll = self.random.random()
        if depth < 2 and roll < 0.3:
            how = self.random.choice(["&&", "||"])
            return f"({self.expression('boolean', depth + 1)} {how} {self.expression('boolean', depth + 1)})"
        if depth < 2 and roll < 0.4:
            return f"(!{self.expression('boolean', depth + 1)})"
        if roll < 0.47 and self.kinds:
            return f"BOUND({self.random.choice(sorted(self.kinds))})"
        return self.comparison(depth)

    def comparison(self, depth):
        kind = self.random.choice(
            ["date", "integer", "decimal", "text", "boolean", "month", "iri", "iri", "any"]
        )
        if kind == "iri":
            found = [v for v, k in self.kinds.items() if k.startswith(("row", "code")) or k == "address"]
            if not found:
                return "true"
            return (
                f"({self.random.choice(found)} {self.random.choice(['=', '!='])} {self.random.choice(found)})"
            )
        if kind == "any" and self.kinds:
            one, other = (self.random.choice(sorted(self.kinds)) for _ in range(2))
            return f"({one} {self.random.choice(['=', '!=', '<'])} {other})"
        if kind == "text" and self.maybe(0.6):
            return self.test_of_text(depth)
        kind = "date" if kind == "any" else kind
        if self.maybe(0.25):
            others = ", ".join(self.expression(kind, 2) for _ in range(self.random.randint(1, 3)))
            return f"({self.expression(kind, depth + 1)} {self.random.choice(['IN', 'NOT IN'])} ({others}))"
        # the store does not order booleans, so these are only compared
        how = self.random.choice(["=", "!="] if kind == "boolean" else ["=", "!=", "<", "<=", ">", ">="])
        return f"({self.expression(kind, depth + 1)} {how} {self.expression(kind, depth + 1)})"

    def test_of_text(self, depth):
        text = self.expression("text", depth + 1)
        if self.maybe(0.4):
            wanted, flags = (
                self.random.choice(["^a", "A.", "[a-k]", "x|1", "0$", "a+b*"]),
                self.random.choice(["", ', "i"']),
            )
            return f'REGEX({text}, "{wanted}"{flags})'
        how = self.random.choice(["CONTAINS", "STRSTARTS", "STRENDS"])
        return f"{how}({text}, {self.literal('text')})"

    def number(self, depth):
        dates = self.of_kind("date")
        roll = self.random.random()
        if dates and roll < 0.3:
            return f"{self.random.choice(['YEAR', 'MONTH', 'DAY'])}({self.random.choice(dates)})"
        if len(dates) > 1 and roll < 0.4:
            return f"das:days_between({self.random.choice(dates)}, {self.random.choice(dates)})"
        if depth < 2 and roll < 0.6:
            how = self.random.choice(["+", "-", "*", "+", "/"])
            return f"({self.expression('integer', depth + 1)} {how} {self.expression('integer', depth + 1)})"
        if depth < 2 and roll < 0.8:
            test, pair = self.expression("boolean", 2), [self.expression("integer", 2) for _ in range(2)]
            return f"COALESCE({', '.join(pair)})" if roll < 0.7 else f"IF({test}, {', '.join(pair)})"
        return f"STRLEN({self.expression('text', 2)})" if roll < 0.85 else None

    def text(self, depth):
        found = [
            v
            for v, k in self.kinds.items()
            if k.startswith(("row", "code")) or k in {"date", "integer", "boolean", "label"}
        ]
        if found and self.maybe(0.6):
            return f"STR({self.random.choice(found)})"
        if depth < 2 and self.maybe(0.2):
            return f"SUBSTR({self.expression('text', 2)}, 2, 3)"
        return None

    # ------------------------------------------------------------ the whole
    def query(self):
        body = self.group()
        known = sorted(self.kinds)
        if self.maybe(0.35):
            return self.grouped(body, known)
        asked = self.random.sample(known, self.random.randint(1, len(known)))
        distinct = self.random.choice(["", "DISTINCT "])
        order = self.random.sample(asked, self.random.randint(1, len(asked))) if self.maybe(0.3) else []
        tail = (
            " ORDER BY " + " ".join(self.random.choice(["{}", "DESC({})"]).format(o) for o in order)
            if order
            else ""
        )
        if order and len(order) == len(asked) and self.maybe(0.5):
            tail += f" LIMIT {self.random.randint(0, 5)} OFFSET {self.random.randint(0, 3)}"
        return f"SELECT {distinct}{' '.join(asked)} WHERE {{ {body} }}{tail}", order

    def grouped(self, body, known):
        keys = self.random.sample(known, self.random.randint(0, min(2, len(known))))
        if keys and not self.plain and self.maybe(0.2) and self.of_kind("date"):
            keys[0] = "?year"
            body += f" BIND(YEAR({self.random.choice(self.of_kind('date'))}) AS ?year)"
        more = range(0 if self.plain else self.random.randint(0, 2))
        measures = ["(COUNT(*) AS ?n)", *(f"({self.measure(known)} AS ?m{i})" for i in more)]
        having = f" HAVING(COUNT(*) > {self.random.randint(0, 2)})" if self.maybe(0.3) else ""
        group = f" GROUP BY {' '.join(keys)}" if keys else ""
        return f"SELECT {' '.join(keys)} {' '.join(measures)} WHERE {{ {body} }}{group}{having}", []

    def measure(self, known):
        kind = self.random.choice(["COUNT", "COUNT(DISTINCT", "SUM", "AVG", "MIN", "MAX"])
        if kind.startswith("COUNT"):
            name = self.random.choice(known)
            return f"COUNT({name})" if kind == "COUNT" else f"COUNT(DISTINCT {name})"
        if kind in {"SUM", "AVG"}:
            found = self.of_kind("integer", "decimal")
            of = self.random.choice(found) if found and self.maybe(0.7) else self.expression("integer", 1)
            return f"{kind}({of})"
        found = [
            v
            for v in known
            if self.kinds[v] in {"date", "integer", "decimal", "text", "month"}
            or self.kinds[v].startswith("row")
        ]
        return f"{kind}({self.random.choice(found or ['1'])})"
