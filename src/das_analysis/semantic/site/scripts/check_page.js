// The page "check your file": files in, findings out, without a value. WORDS and RULES are in its language.

const EXAMPLES = { year: /^[12][0-9]{3}$/, quarter: /^[12][0-9]{3}-Q[1-4]$/, month: /^[12][0-9]{3}-(0[1-9]|1[0-2])$/, day: /^[12][0-9]{3}-[0-9]{2}-[0-9]{2}$/ };
const MOST_ROWS = 20;
const form_ = document.getElementById("check");
const at = id => document.getElementById(id);
const say = (key, values = {}) => WORDS[key].replace(/\{(\w+)\}/g, (_, name) => values[name]);
const today = new Date().toISOString().slice(0, 10);
let given = []; // the files that were chosen or dropped

// The period before the present one: what most deliveries are about.
function last_period(kind) {
  const [year_, month_] = today.split("-").map(Number);
  if (kind === "year") return String(year_ - 1);
  if (kind === "quarter") return month_ > 3 ? `${year_}-Q${Math.ceil(month_ / 3) - 1}` : `${year_ - 1}-Q4`;
  if (kind === "month") return month_ > 1 ? `${year_}-${String(month_ - 1).padStart(2, "0")}` : `${year_ - 1}-12`;
  return iso(Date.parse(today) / 86400000 - 1);
}

function make(tag, text = "", attributes = {}) {
  const element = document.createElement(tag);
  element.textContent = text;
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

function take(files) {
  given = [...files];
  at("chosen").replaceChildren(...given.map(file => make("li", file.name)));
}

// Finds whose delivery this is: the card that fits most of the files, or the one that was chosen.
async function find_check() {
  const wanted = at("supplier").value;
  const cards = wanted ? [MODEL.cards[wanted]] : Object.values(MODEL.cards);
  let best = null;
  for (const card of cards) {
    const check = new Check(card, MODEL, at("period").value || last_period(card.period));
    for (const file of given) {
      try {
        await check.add(file);
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        check.refusals.push(error);
      }
    }
    if (!best || check.files.size > best.files.size) best = check;
  }
  return best;
}

async function start() {
  if (!given.length) return tell([make("p", say("check_no_files"), { class: "warning" })]);
  form_.querySelector("button").disabled = true;
  at("outcome").hidden = true;
  at("busy").hidden = false;
  try {
    const check = await find_check();
    const period = at("period").value.trim() || last_period(check.card.period);
    if (!EXAMPLES[check.card.period].test(period) || check.start === null || iso(check.start) > today) {
      return tell([make("p", say("check_bad_period", { example: last_period(check.card.period) }), { class: "warning" })]);
    }
    await check.run((table, share) => {
      at("progress").value = share;
      at("doing").textContent = say("check_reading", { table });
    });
    tell(outcome(check, period));
  } finally {
    at("busy").hidden = true;
    form_.querySelector("button").disabled = false;
  }
}

function tell(parts) {
  at("outcome").replaceChildren(...parts);
  at("outcome").hidden = false;
  at("outcome").focus();
}

function outcome(check, period) {
  const parts = [make("h2", say("check_findings"))];
  const rows = [...check.counts.values()].reduce((sum, n) => sum + n, 0);
  const findings = sorted(check);
  if (check.files.size) parts.push(make("p", `${say("check_supplier", { name: check.card.title[document.documentElement.lang] })}. ${say("check_ready", { rows: rows.toLocaleString(document.documentElement.lang) })}`));
  if (check.refusals.length) parts.push(refusals(check));
  if (!check.files.size) return parts;
  if (!findings.length) {
    if (!check.refusals.length) parts.push(make("p", say("check_clean"), { class: "clean" }));
    return parts;
  }
  const groups = grouped(findings);
  parts.push(make("p", say("check_summary", { findings: findings.length, rules: new Set(findings.map(f => f.rule)).size, held: check.held.size }), { class: "summary" }));
  parts.push(download(check, findings, period), table(check, groups));
  return parts;
}

function refusals(check) {
  const box = make("div", "", { class: "warning" });
  const list = make("ul");
  for (const { code, file, values } of check.refusals) list.append(make("li", say(`refused_${code}`, { file, ...values })));
  box.append(make("h3", say("check_refused")), make("p", say("check_refused_why")), list);
  return box;
}

const order = (a, b) => (a < b ? -1 : a > b ? 1 : 0);

function sorted(check) {
  const found = [...check.found.values()].map(f => ({ ...f, hard: check.is_hard(f.rule) }));
  return found.sort((a, b) => order(a.source, b.source) || a.row - b.row || order(a.rule, b.rule));
}

function grouped(findings) {
  const groups = new Map();
  for (const finding of findings) {
    const key = `${finding.rule}\n${finding.source}`;
    if (!groups.has(key)) groups.set(key, { ...finding, rows: [] });
    groups.get(key).rows.push(finding.row);
  }
  return [...groups.values()].sort((a, b) => b.hard - a.hard || b.rows.length - a.rows.length || order(a.rule, b.rule));
}

function table(check, groups) {
  const box = make("div", "", { class: "scroll", role: "region", tabindex: "0", "aria-labelledby": "findings" });
  const whole = make("table", "", { class: "findings" }), head = make("tr"), body = make("tbody");
  for (const name of ["rule", "file", "count", "rows"]) head.append(make("th", say(`check_${name}`), { scope: "col" }));
  for (const { rule, source, rows, hard } of groups) {
    const line = make("tr"), first = make("th", "", { scope: "row" }), cell = make("td");
    const tag = make("span", say(hard ? "hard" : "soft"), { class: `tag ${hard ? "hard" : "soft"}` });
    first.append(tag, " ", make("a", RULES[rule][0], { href: `rules/${rule}.html` }), make("p", RULES[rule][1]));
    cell.append(rows.slice(0, MOST_ROWS).join(", "));
    if (rows.length > MOST_ROWS) {
      const more = make("details");
      more.append(make("summary", say("check_more", { n: rows.length - MOST_ROWS })), rows.slice(MOST_ROWS).join(", "));
      cell.append(more);
    }
    line.append(first, make("td", source), make("td", String(rows.length), { class: "number" }), cell);
    body.append(line);
  }
  const heads = make("thead");
  heads.append(head);
  whole.append(make("caption", say("check_findings"), { id: "findings" }), heads, body);
  box.append(whole);
  return box;
}

// The return file: what das findings writes, for a delivery that was not made yet.
function download(check, findings, period) {
  const cell = text => /[;"\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  const lines = findings.map(f => ["", f.source, f.row, f.rule, f.hard ? "hard" : "soft", cell(RULES[f.rule][1])].join(";"));
  const text = ["delivery_id;source_table;row;rule_id;severity;message", ...lines, ""].join("\n");
  const link = make("a", say("check_download"), { class: "button", id: "download", download: `${check.card.id}-${period}-findings.csv` });
  link.href = URL.createObjectURL(new Blob([text], { type: "text/csv;charset=utf-8" }));
  const line = make("p");
  line.append(link);
  return line;
}

const card_of = () => MODEL.cards[at("supplier").value];
const hint = () => { at("period").placeholder = last_period(card_of()?.period ?? "year"); };
at("files").addEventListener("change", event => take(event.target.files));
at("supplier").addEventListener("change", hint);
form_.addEventListener("submit", event => {
  event.preventDefault();
  start();
});
for (const name of ["dragover", "drop"]) addEventListener(name, event => {
  event.preventDefault();
  if (name === "drop") take(event.dataTransfer.files);
});
if (Object.hasOwn(MODEL.cards, location.hash.slice(1))) at("supplier").value = location.hash.slice(1);
hint();
