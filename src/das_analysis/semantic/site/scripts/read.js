// Reads a CSV as strictly as `das deliver` does: RFC 4180, UTF-8, nothing guessed. A file is wholly read or
// refused with a line; a value never gets into a message.

const MAX_ROW = 1 << 20; // bytes; a longer row is an open quote or no table at all
const CONTROL = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x80-\x9f\ufeff]/;
const PACKED = [[0x50, 0x4b, 3, 4], [0x1f, 0x8b], [0x50, 0x41, 0x52, 0x31], [0x37, 0x7a, 0xbc, 0xaf], [0xd0, 0xcf, 0x11, 0xe0]];

class Refusal extends Error {
  constructor(code, file, values = {}) {
    super(code);
    Object.assign(this, { code, file, values });
  }
}

// A turn for the page itself: it stays alive while a file is read.
const breathe = () => new Promise(resolve => setTimeout(resolve, 0));

// Splits text into rows of fields. Feed it pieces; it calls `take(fields, line)` for each whole row.
class RowReader {
  constructor(file, delimiter, take) {
    Object.assign(this, { file, take, delimiter: delimiter.charCodeAt(0) });
    this.rest = "";
    this.line = 1;
    this.blank = 0;
    this.columns = 0;
    this.seen = false;
  }

  refuse(code, line, values = {}) {
    throw new Refusal(code, this.file, { line, ...values });
  }

  feed(piece, last) {
    const control = CONTROL.exec(piece);
    if (control) this.refuse(control[0] === "\0" ? "nul" : "control", this.line + lines(this.rest + piece.slice(0, control.index)));
    const text = this.rest + piece;
    let place = 0;
    while (place < text.length) {
      const end = this.row(text, place, last);
      if (end < 0) break;
      place = end;
    }
    this.rest = text.slice(place);
    if (this.rest.length > MAX_ROW) this.refuse("long", this.line);
  }

  // Reads one row from `start`; returns where the next one begins, -1 when the row is not whole yet.
  row(text, start, last) {
    const fields = [];
    let place = start, inside = 0;
    for (;;) {
      let end;
      if (text.charCodeAt(place) === 34) {
        end = this.quoted(text, place, last);
        if (end < 0) return -1;
        const value = text.slice(place + 1, end - 1);
        inside += lines(value);
        fields.push(value.includes('"') ? value.replaceAll('""', '"') : value);
      } else {
        end = this.plain(text, place, last, inside);
        if (end < 0) return -1;
        fields.push(text.slice(place, end));
      }
      if (end < text.length && text.charCodeAt(end) === this.delimiter) {
        place = end + 1;
        if (place === text.length && !last) return -1;
        continue;
      }
      const next = end + (text.charCodeAt(end) === 13 && text.charCodeAt(end + 1) === 10 ? 2 : 1);
      this.whole(fields, end - start, inside);
      return Math.min(next, text.length);
    }
  }

  plain(text, place, last, inside) {
    for (; place < text.length; place++) {
      const code = text.charCodeAt(place);
      if (code === this.delimiter || code === 10) return place;
      if (code === 13) return place + 1 < text.length || last ? place : -1;
      if (code === 34) this.refuse("quote", this.line + inside);
    }
    return last ? place : -1;
  }

  // Returns the place behind the closing quote.
  quoted(text, start, last) {
    for (let place = text.indexOf('"', start + 1); place >= 0; place = text.indexOf('"', place + 2)) {
      if (place + 1 >= text.length) return last ? place + 1 : -1;
      const code = text.charCodeAt(place + 1);
      if (code === 34) continue;
      if (code === 13 && place + 2 >= text.length && !last) return -1;
      if (code !== this.delimiter && code !== 10 && code !== 13) this.refuse("quote", this.line + lines(text.slice(start, place)));
      return place + 1;
    }
    if (last) this.refuse("open", this.line);
    return -1;
  }

  whole(fields, length, inside) {
    const line = this.line;
    this.line += 1 + inside;
    if (length > MAX_ROW) this.refuse("long", line);
    if (!this.seen) {
      if (inside) this.refuse("open", line);
      this.seen = true;
      this.columns = fields.length;
    } else if (length === 0) {
      this.blank ||= line;
      return;
    } else if (this.blank) {
      this.refuse("blank", this.blank);
    } else if (fields.length !== this.columns) {
      this.refuse("ragged", line, { found: fields.length, wanted: this.columns });
    }
    this.take(fields, line);
  }
}

function lines(text) {
  return (text.match(/\r\n|\n|\r/g) || []).length;
}

// Yields the text of a file piece by piece; `moved` is told how many bytes of the file were read.
async function* pieces(file, moved) {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  let first = true, line = 1;
  for await (const bytes of unpacked(file, moved)) {
    let given = bytes;
    if (first) {
      check_start(given, file.name);
      if (given[0] === 0xef && given[1] === 0xbb && given[2] === 0xbf) given = given.subarray(3);
      first = false;
    }
    let text;
    try {
      text = decoder.decode(given, { stream: true });
    } catch {
      throw new Refusal("utf8", file.name, { line: line + before_fault(given) });
    }
    line += lines(text);
    yield text;
    await breathe();
  }
  try {
    decoder.decode();
  } catch {
    throw new Refusal("utf8", file.name, { line });
  }
}

async function* unpacked(file, moved) {
  let done = 0;
  const counted = new TransformStream({ transform(chunk, out) { moved(done += chunk.length); out.enqueue(chunk); } });
  const packed = /\.gz$/i.test(file.name);
  const raw = file.stream().pipeThrough(counted);
  const reader = (packed ? raw.pipeThrough(new DecompressionStream("gzip")) : raw).getReader();
  for (;;) {
    let step;
    try {
      step = await reader.read();
    } catch {
      throw new Refusal(packed ? "gzip" : "unreadable", file.name);
    }
    if (step.done) return;
    if (step.value.length) yield step.value;
  }
}

function check_start(bytes, name) {
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)) throw new Refusal("utf16", name, { line: 1 });
  if (PACKED.some(mark => mark.every((byte, i) => bytes[i] === byte))) throw new Refusal("packed", name);
}

// How many line ends stand before the first bytes that are not UTF-8.
function before_fault(bytes) {
  let start = 0, count = 0;
  for (let i = 0; i <= bytes.length; i++) {
    if (i < bytes.length && bytes[i] !== 10) continue;
    try {
      new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(start, i));
    } catch {
      return count;
    }
    start = i + 1;
    count++;
  }
  return count;
}

// Reads the first line only: which columns the file has.
async function read_header(file, delimiter) {
  if (!/\.csv(\.gz)?$/i.test(file.name)) throw new Refusal("kind", file.name);
  let header = null;
  const reader = new RowReader(file.name, delimiter, fields => { header ??= fields; });
  for await (const piece of pieces(file, () => {})) {
    const end = piece.search(/[\r\n]/);
    if (end < 0) {
      reader.feed(piece, false);
      continue;
    }
    reader.feed(piece.slice(0, end), true);
    break;
  }
  if (!header && reader.rest) reader.feed("", true);
  if (!header || header.every(name => !name.trim())) throw new Refusal("empty", file.name);
  return header;
}

// Calls `take(fields)` for each data row, in order.
async function read_rows(file, delimiter, { take, moved }) {
  let header = true;
  const reader = new RowReader(file.name, delimiter, fields => {
    if (header) header = false;
    else take(fields);
  });
  for await (const piece of pieces(file, moved)) reader.feed(piece, false);
  reader.feed("", true);
}
