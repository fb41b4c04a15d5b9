// SQL's logic on values of JavaScript, where null is unknown, and how a text becomes a value of the model.

const not = a => a === null ? null : !a;
const and = (a, b) => a === false || b === false ? false : a === null || b === null ? null : true;
const or = (a, b) => a === true || b === true ? true : a === null || b === null ? null : false;
const either = (a, b, value) => a === null || b === null ? null : value;
const eq = (a, b) => either(a, b, a === b);
const ne = (a, b) => either(a, b, a !== b);
const lt = (a, b) => either(a, b, a < b);
const le = (a, b) => either(a, b, a <= b);
const gt = (a, b) => either(a, b, a > b);
const ge = (a, b) => either(a, b, a >= b);
const add = (a, b) => either(a, b, a + b);
const sub = (a, b) => either(a, b, a - b);
const mul = (a, b) => either(a, b, a * b);
const isin = (a, list) => a === null ? null : list.includes(a) ? true : list.includes(null) ? null : false;
const part = (a, start, length) => a === null ? null : a.substr(start - 1, length);
const whole = a => a === null ? null : Number(a);
const year = day => day === null ? null : new Date(day * 86400000).getUTCFullYear();
const month = day => day === null ? null : new Date(day * 86400000).getUTCMonth() + 1;

const UNKNOWN = "!unknown"; // a text that a card's value map does not know
const BAD_FORMAT = "!format", BAD_CHECK = "!check"; // a number that cannot be used, and why
const UNUSABLE = "\0"; // stands in a part for a value that is no value; a file cannot hold it
const LAST_DAY = 2932896; // 9999-12-31
const REMEMBERED = 20000;

// Remembers outcomes of distinct texts, as most columns hold few; gives up on a column that holds many.
function remembering(change) {
  const known = new Map();
  return text => {
    if (known.size === REMEMBERED) return change(text);
    let found = known.get(text);
    if (found === undefined) known.set(text, found = change(text));
    return found;
  };
}

// ---------------------------------------------------------------- dates

function day_of(year_, month_, day_) {
  const date = new Date(Date.UTC(year_, month_ - 1, day_));
  const right = date.getUTCFullYear() === year_ && date.getUTCMonth() === month_ - 1 && date.getUTCDate() === day_;
  return right ? date.getTime() / 86400000 : null;
}

function date_reader(forms) {
  const readers = forms.map(([pattern, letters]) => {
    const form = new RegExp(`^${pattern}$`);
    return text => {
      const found = form.exec(text);
      if (!found) return null;
      const value = { Y: 1900, m: 1, d: 1, H: 0, M: 0, S: 0 };
      [...letters].forEach((letter, i) => { value[letter] = Number(found[i + 1]); });
      if ("y" in value) value.Y = value.y < 69 ? 2000 + value.y : 1900 + value.y;
      return value.H > 23 || value.M > 59 || value.S > 59 ? null : day_of(value.Y, value.m, value.d);
    };
  });
  return text => {
    for (const read of readers) {
      const day = read(text);
      if (day !== null) return day;
    }
    return null;
  };
}

const iso = day => new Date(day * 86400000).toISOString().slice(0, 10);

function period_start(period) {
  const found = /^([0-9]{4})(?:-Q([1-4])|-([0-9]{2})(?:-([0-9]{2}))?)?$/.exec(period);
  if (!found) return null;
  const month_ = found[2] ? 3 * Number(found[2]) - 2 : Number(found[3] || 1);
  return day_of(Number(found[1]), month_, Number(found[4] || 1));
}

// ---------------------------------------------------------------- identities

const WEIGHTS = [9, 8, 7, 6, 5, 4, 3, 2, -1]; // Besluit BSN: the last digit counts negatively

function passes_eleven_test(text) {
  if (!/^[0-9]{9}$/.test(text) || text === "000000000") return false;
  return WEIGHTS.reduce((sum, weight, i) => sum + weight * Number(text[i]), 0) % 11 === 0;
}

const FOLDS = { "Æ": "AE", "æ": "ae", "Œ": "OE", "œ": "oe", "Ø": "O", "ø": "o", "Ð": "D", "ð": "d", "Đ": "D", "đ": "d",
  "Þ": "TH", "þ": "th", "Ł": "L", "ł": "l", "ß": "ss", "ẞ": "SS", "Ħ": "H", "ħ": "h", "Ŋ": "N", "ŋ": "n", "ı": "i" };

// Capitals A-Z of a surname. Prefixes stay: nothing here compares two names, a name is usable or it is not.
function surname(text) {
  const fold = given => given.replace(/[^\x00-\x7f]/g, c => FOLDS[c] ?? c);
  return fold(fold(text).normalize("NFKD").toUpperCase()).replace(/[^A-Z]/g, "") || UNUSABLE;
}

// The one way in which a kind of number is written, or why it cannot be used.
function identity_reader(kind) {
  const pattern = new RegExp(`^(?:${kind.pattern})$`, "u");
  return remembering(text => {
    let value = text;
    if (kind.check === "case_number") value = value.replace(/^([0-9]{2})[-/.]([0-9]{6})[-/.]([0-9]{2})/, "$1$2$3");
    if (kind.check === "eleven_test") {
      value = value.replace(/^([0-9]{4})[. -]([0-9]{2})[. -]([0-9]{3})$|^([0-9]{3})[. -]([0-9]{3})[. -]([0-9]{3})$/, "$1$2$3$4$5$6");
      value = value.replace(/^([0-9]{8})$/, "0$1");
    }
    if (kind.sequence) value = value.replace(/\/0+([0-9]{1,3})$/, "/$1");
    if (!pattern.test(value)) return BAD_FORMAT;
    if (kind.check === "eleven_test" && !passes_eleven_test(value)) return BAD_CHECK;
    return `${kind.name} ${value}`;
  });
}

// ---------------------------------------------------------------- what travels as it is

const BEFORE = "(?:^|[^0-9A-Za-z.,_-])", AFTER = "(?:$|[^0-9A-Za-z.,_-]|[.,](?:$|\\s))";
const NUMBERS = new RegExp("^\\s*[0-9]{10}\\s*$|" + BEFORE
  + "(?:[0-9]{2}[-/.][0-9]{6}[-/.][0-9]{2}|[Pp][Ll][ -]?[0-9]{4}[ -]?[0-9]{10,12})(?:/[0-9A-Z/]*)?" + AFTER);
const NINE = /(?<![0-9A-Za-z.,_-])(?:[0-9]{9}|[0-9]{4}[ .][0-9]{2}[ .][0-9]{3}|[0-9]{3}[ .][0-9]{3}[ .][0-9]{3})(?![0-9A-Za-z_-]|[.,]\S)/g;

// Why a text may not travel as it is: null when it may.
const fault_of_plain = text => {
  if (text.length > 10000 && [...text].length > 10000) return "cell";
  if (text.length < 9 || !/[0-9]/.test(text)) return null;
  if (NUMBERS.test(text)) return "number";
  return (text.match(NINE) || []).some(found => passes_eleven_test(found.replace(/[ .]/g, ""))) ? "bsn" : null;
};
