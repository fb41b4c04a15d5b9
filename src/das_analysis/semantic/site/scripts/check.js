// Checks files of a supplier as `das deliver` and `das validate` do. Everything stays in this page.

const EMPTY = {};

// One supplier's card at work: finds the table of a file, turns rows into rows of the model, notes findings.
class Check {
  constructor(card, { lists, holds, severities }, period) {
    Object.assign(this, { card, lists, holds, severities });
    this.start = period_start(period);
    this.blank = new Set(card.blank);
    this.files = new Map(); // table of the card -> file
    this.rows = new Map(Object.keys(card.keys).map(name => [name, []])); // table of the model -> rows kept
    this.counts = new Map();
    this.found = new Map(); // rule, file and row -> finding
    this.refusals = [];
  }

  // ---------------------------------------------------------------- headers

  async add(file) {
    const header = await read_header(file, this.card.delimiter);
    const { name, places } = this.match(header, file.name);
    if (this.files.has(name)) throw new Refusal("two", file.name, { table: name });
    this.files.set(name, { file, places });
  }

  match(header, file) {
    const names = header.map(name => (this.card.trim ? name.trim() : name).toLowerCase());
    if (new Set(names).size < names.length) throw new Refusal("twice", file, { line: 1 });
    const tables = Object.entries(this.card.tables).map(([name, table]) => ({ name, ...differences(names, table.columns) }));
    const fitting = tables.filter(table => !table.missing.length && !table.unknown.length);
    if (fitting.length === 1) return { name: fitting[0].name, places: fitting[0].places };
    if (fitting.length) throw new Refusal("several", file, { tables: fitting.map(t => t.name).join(", ") });
    const nearest = tables.reduce((a, b) => size(b) < size(a) ? b : a);
    if (names.length === 1 && Object.keys(this.card.tables[nearest.name].columns).length > 1) throw new Refusal("delimiter", file, { line: 1, delimiter: this.card.delimiter });
    if (2 * nearest.places.size < nearest.wanted) throw new Refusal("header", file, { line: 1, tables: Object.keys(this.card.tables).join(", ") });
    const unknown = nearest.unknown.map(place => /^[A-Za-z_][A-Za-z_ .-]{0,39}[0-9]{0,3}$/.test(names[place]) ? names[place] : `#${place + 1}`);
    throw new Refusal("nearest", file, { line: 1, table: nearest.name, missing: nearest.missing.join(", ") || "–", unknown: unknown.join(", ") || "–" });
  }

  // ---------------------------------------------------------------- one row

  // Reads every file and checks each row by itself; then what needs more than one row.
  async run(tell) {
    const total = [...this.files.values()].reduce((sum, { file }) => sum + file.size, 0);
    let before = 0;
    for (const name of [...this.files.keys()].sort()) {
      const { file, places } = this.files.get(name);
      try {
        await this.read(name, file, places, done => tell(name, (before + done) / total));
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        this.refusals.push(error);
      }
      before += file.size;
    }
    for (const check of this.card.sets) {
      await breathe();
      this[`set_${check.is}`](check);
    }
    this.hold_back();
  }

  async read(name, file, places, moved) {
    const source = this.card.tables[name];
    const columns = Object.entries(source.package).map(([column, how]) => [column, this.package_reader(how, places)]);
    const maps = source.maps.map(map => this.mapper(map, name));
    const tallies = new Map(columns.map(([column]) => [column, { filled: 0, unusable: 0 }]));
    const given = {};
    let row = 0;
    const take = fields => {
      row++;
      for (const [column, reader] of columns) given[column] = reader(fields, tallies.get(column), column);
      for (const map of maps) map(given, row);
    };
    this.file = file.name;
    await read_rows(file, this.card.delimiter, { take, moved });
    this.counts.set(name, row);
    for (const [column, { filled, unusable }] of tallies) {
      if (unusable > Math.max(1, this.card.most_unusable * filled)) this.refusals.push(new Refusal("swapped", file.name, { column: sources(source.package[column]), unusable, filled }));
    }
  }

  // Makes a column of the package out of a row of the file: as it is, as an identity, or as a month.
  package_reader(how, places) {
    const parts = how.parts.map(part => this.part_reader(part, places));
    if (how.how === "verbatim") return this.plain_reader(places.get(how.parts[0].column));
    const joined = fields => {
      let text = "";
      for (const part of parts) {
        const value = part(fields);
        if (value === null) return null;
        text += value;
      }
      return text;
    };
    if (how.how === "generalise") return fields => {
      const text = joined(fields);
      return text === null ? null : text === UNUSABLE ? BAD_FORMAT : text.slice(0, 7);
    };
    const identity = identity_reader(how.kind);
    return (fields, tally) => {
      const text = joined(fields);
      if (text === null) return null;
      const value = identity(text);
      tally.filled++;
      if (value[0] === "!") tally.unusable++;
      return value;
    };
  }

  plain_reader(place) {
    if (place === undefined) return () => null;
    const judge = remembering(fault_of_plain);
    const told = new Set();
    return (fields, tally, column) => {
      const text = this.card.trim ? fields[place].trim() : fields[place];
      const fault = judge(text);
      if (fault && !told.has(fault)) {
        told.add(fault);
        this.refusals.push(new Refusal(fault, this.file, { column }));
      }
      return text;
    };
  }

  part_reader(part, places) {
    if (part.column === undefined) return () => part.text;
    const place = places.get(part.column);
    if (place === undefined) return () => null;
    const dates = part.dates && date_reader(part.dates);
    const change = remembering(given => {
      let text = given;
      if (this.blank.has(text)) return null;
      if (part.values) text = Object.hasOwn(part.values, text) ? part.values[text] || null : UNUSABLE;
      if (dates && text !== null) {
        const day = dates(text);
        text = day === null ? UNUSABLE : iso(day);
      }
      if (part.surname && text !== null) text = surname(text);
      return text;
    });
    const plain = !part.values && !dates && !part.surname;
    return fields => {
      const text = this.card.trim ? fields[place].trim() : fields[place];
      return plain ? (this.blank.has(text) ? null : text) : change(text);
    };
  }

  // Makes the function that turns a package row into a row of one table of the model, checked.
  mapper(map, source) {
    const slots = map.slots.map(slot => ({ ...slot, read: this.slot_reader(slot) }));
    const checks = map.checks.map(check => ({ ...check, broken: this.row_check(check) }));
    const kept = this.rows.get(map.table);
    return (given, number) => {
      if (map.when !== null && this.not_blank(given[map.when]) === null) return;
      const row = {}, texts = {};
      for (const slot of slots) {
        const [text, value] = slot.read(slot.from === undefined ? null : given[slot.from]);
        texts[slot.name] = text;
        row[slot.name] = value;
      }
      for (const check of checks) {
        if (check.broken(row, texts) && this.in_force(check, row)) this.note(check.rule, source, number);
      }
      const keep = { source, row: number };
      for (const column of map.keep) keep[column] = row[column] ?? null;
      kept.push(keep);
    };
  }

  not_blank(text) {
    if (text === null) return null;
    const trimmed = this.card.trim ? text.replace(/^ +| +$/g, "") : text;
    return this.blank.has(trimmed) ? null : trimmed;
  }

  // Returns a function: text of the package -> [text of the slot, value of the model], null where blank.
  slot_reader(slot) {
    const value = this.value_reader(slot);
    if (slot.period) return () => [this.start, this.start];
    if (slot.constant !== undefined) {
      const pair = [slot.constant, value(slot.constant)];
      return () => pair;
    }
    if (slot.sealed) return text => [text, text === null || text[0] === "!" ? null : text];
    const nothing = [null, null];
    const change = remembering(given => {
      const text = this.slot_text(slot, this.not_blank(given));
      return text === null ? nothing : [text, value(text)];
    });
    return given => given === null ? nothing : change(given);
  }

  slot_text(slot, given) {
    let text = given;
    if (text === null) return null;
    if (slot.strip) text = text.replace(/[.]0+$/, "");
    if (slot.comma) text = text.includes(".") ? UNKNOWN : text.replaceAll(",", ".");
    if (slot.values) text = Object.hasOwn(slot.values, text) ? slot.values[text] || null : UNKNOWN;
    return text === null ? null : (slot.prefix ?? "") + text;
  }

  value_reader(slot) {
    if (slot.dates) return date_reader(slot.dates);
    if (slot.codes !== undefined) {
      const codes = this.lists[slot.codes];
      return text => Object.hasOwn(codes, text) ? text : null;
    }
    const pattern = new RegExp(`^(?:${slot.pattern})$`, "u");
    const make = {
      integer: Number,
      decimal: text => Math.round(Number(text) * 100),
      boolean: text => text === "true",
    }[slot.type] ?? (text => text);
    return text => pattern.test(text) ? make(text) : null;
  }

  // Returns a function: (row, texts) -> whether the rule is broken.
  row_check(check) {
    const column = check.column, holds = this.holds[check.rule], codes = this.lists[check.codes];
    switch (check.is) {
      case "holds": return row => holds(row) === false;
      case "required": return { nothing: () => true, value: row => row[column] === null, text: (_, texts) => texts[column] === null }[check.of];
      case "read": return (row, texts) => texts[column] !== null && row[column] === null;
      case "range": return row => row[column] !== null && ((check.low !== null && row[column] < check.low) || (check.high !== null && row[column] > check.high));
      case "dated": return row => {
        const days = row[column] === null ? null : codes[row[column]], day = row[check.on] ?? null;
        return days !== null && day !== null && ((days[0] !== null && day < days[0]) || (days[1] !== null && day > days[1]));
      };
    }
    throw new Error(`no such check: ${check.is}`);
  }

  // A dated rule holds for rows dated within its validity, both days included.
  in_force(check, row) {
    if (check.dated_by === undefined) return true;
    const day = row[check.dated_by] ?? null;
    return day !== null && (check.since === null || day >= check.since) && (check.until === null || day <= check.until);
  }

  note(rule, source, row) {
    this.found.set(`${rule}\n${source}\n${row}`, { rule, source, row });
  }

  // ---------------------------------------------------------------- more than one row

  // The first row of a key stays; each later one is at fault. Rows without the whole key are left alone.
  set_unique({ rule, table, columns }) {
    const known = new Set();
    for (const row of this.rows.get(table)) {
      const values = columns.map(column => row[column]);
      if (values.includes(null)) continue;
      const key = values.length === 1 ? values[0] : JSON.stringify(values);
      if (known.has(key)) this.note(rule, row.source, row.row);
      known.add(key);
    }
  }

  set_reference({ rule, table, column, parent }) {
    const keys = this.by_key(parent);
    for (const row of this.rows.get(table)) {
      if (row[column] !== null && !keys.has(row[column])) this.note(rule, row.source, row.row);
    }
  }

  // A parent that another supplier delivers is unknown here: it says nothing.
  set_parents(check) {
    const { rule, table, joins } = check;
    const parents = joins.map(([column, parent]) => [column, parent === null ? null : this.by_key(parent)]);
    const holds = this.holds[rule];
    for (const row of this.rows.get(table)) {
      if (!this.in_force(check, row)) continue;
      let groups = [[]];
      for (const [column, keys] of parents) {
        const found = keys?.get(row[column]) ?? [EMPTY];
        groups = groups.flatMap(group => found.map(parent => [...group, parent]));
      }
      if (groups.some(group => holds(row, ...group) === false)) this.note(rule, row.source, row.row);
    }
  }

  // A row without a usable key is at fault for that; what belongs to it cannot be known.
  set_some(check) {
    const { rule, table, child, column } = check;
    const referred = new Set(this.rows.get(child).map(row => row[column]));
    const key = this.card.keys[table];
    for (const row of this.rows.get(table)) {
      if (row[key] !== null && !referred.has(row[key]) && this.in_force(check, row)) this.note(rule, row.source, row.row);
    }
  }

  // A spell may begin on the day the one before it ended; one without an end overlaps all later ones.
  set_apart(check) {
    const { rule, table, by, start, end } = check;
    const groups = new Map();
    for (const row of this.rows.get(table)) {
      if (row[by] === null || row[start] === null) continue;
      if (!groups.has(row[by])) groups.set(row[by], []);
      groups.get(row[by]).push(row);
    }
    for (const rows of groups.values()) {
      rows.sort((a, b) => a[start] - b[start] || (a.source < b.source ? -1 : a.source > b.source ? 1 : a.row - b.row));
      let latest = -Infinity;
      for (const row of rows) {
        if (row[start] < latest && this.in_force(check, row)) this.note(rule, row.source, row.row);
        latest = Math.max(latest, row[end] ?? LAST_DAY);
      }
    }
  }

  by_key(table) {
    this.indexes ??= new Map();
    if (!this.indexes.has(table)) {
      const key = this.card.keys[table], index = new Map();
      for (const row of this.rows.get(table)) {
        if (row[key] === null) continue;
        if (index.has(row[key])) index.get(row[key]).push(row);
        else index.set(row[key], [row]);
      }
      this.indexes.set(table, index);
    }
    return this.indexes.get(table);
  }

  // Rows with a hard finding are held back, and rows whose parents are all held back, until there are no more.
  hold_back() {
    const held = new Set([...this.found.values()].filter(({ rule }) => this.is_hard(rule)).map(place));
    for (let before = -1; before !== held.size;) {
      before = held.size;
      for (const reference of this.card.references) {
        for (const row of this.orphans(reference, held)) {
          this.note(`${reference.table}.${reference.column}.reference`, row.source, row.row);
          held.add(place(row));
        }
      }
    }
    this.held = held;
  }

  orphans({ table, column, parent }, held) {
    const keys = this.by_key(parent);
    const gone = row => row[column] !== null && keys.get(row[column])?.every(found => held.has(place(found)));
    return this.rows.get(table).filter(row => !held.has(place(row)) && gone(row));
  }

  is_hard(rule) {
    return this.severities[rule] === "hard" && !this.card.exempt.includes(rule);
  }
}

const place = row => `${row.source}\n${row.row}`;
const size = table => table.missing.length + table.unknown.length;
const sources = how => how.parts.filter(part => part.column !== undefined).map(part => part.column).join(", ");

function differences(names, columns) {
  const places = new Map(), missing = [], known = new Set();
  for (const [name, optional] of Object.entries(columns)) {
    const place = names.indexOf(name.toLowerCase());
    known.add(name.toLowerCase());
    if (place >= 0) places.set(name, place);
    else if (!optional) missing.push(name);
  }
  const unknown = names.flatMap((name, place) => known.has(name) ? [] : [place]);
  return { places, missing, unknown, wanted: Object.values(columns).filter(optional => !optional).length };
}
