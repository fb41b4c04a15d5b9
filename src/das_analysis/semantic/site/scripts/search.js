// Searches the model without a server, and narrows long lists. INDEX: [kind, address, Dutch, English, words].

const MOST = 12;
const WEIGHTS = [5, 5, 4, 3, 4, 4, 1, 1, 1]; // by kind: a class before a column of one
const plain = text => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

const form = document.querySelector(".search");
const field = form.querySelector("input"), list = form.querySelector("ul"), said = form.querySelector(".said");
const lang = document.documentElement.lang === "nl" ? 0 : 1;
const kinds = form.dataset.kinds.split("|");
let index = null, chosen = -1;

// All words must be found; the better a name fits, the higher it stands.
function search(text) {
  index ??= INDEX.map(([kind, href, nl, en, words]) => ({ kind, href, title: [nl, en][lang], names: [nl, en].map(plain), code: plain([nl, en][lang]), words: plain(words) }));
  const asked = plain(text).trim();
  const terms = asked.split(/\s+/).filter(Boolean);
  if (!terms.length) return [];
  const found = [];
  for (const entry of index) {
    const all = `${entry.names[0]} ${entry.names[1]} ${entry.words}`;
    if (terms.every(term => all.includes(term))) found.push([score(entry, asked, all), entry]);
  }
  return found.sort((a, b) => b[0] - a[0] || (a[1].title < b[1].title ? -1 : 1)).map(([, entry]) => entry);
}

function score(entry, asked, all) {
  if (entry.names.includes(asked)) return 50 + WEIGHTS[entry.kind]; // a name of its own before another word for it
  if (entry.words.split(" ").includes(asked)) return 40 + WEIGHTS[entry.kind];
  if (entry.kind === 3 && entry.names.some(name => name.startsWith(`${asked} `))) return 38;
  if (entry.names.some(name => name.startsWith(asked))) return 20 + WEIGHTS[entry.kind];
  return (` ${all}`.includes(` ${asked}`) ? 10 : 0) + WEIGHTS[entry.kind];
}

function show() {
  const found = search(field.value);
  const asked = field.value.trim() !== "";
  chosen = -1;
  list.replaceChildren(...found.slice(0, MOST).map((entry, i) => {
    const item = document.createElement("li"), link = document.createElement("a"), kind = document.createElement("span");
    item.id = `found-${i}`;
    item.setAttribute("role", "option");
    item.setAttribute("aria-selected", "false");
    link.href = document.body.dataset.root + entry.href;
    link.tabIndex = -1;
    link.textContent = entry.title;
    kind.textContent = kinds[entry.kind];
    kind.className = "kind";
    item.append(link, kind);
    return item;
  }));
  list.hidden = !found.length;
  field.setAttribute("aria-expanded", String(!list.hidden));
  field.removeAttribute("aria-activedescendant");
  said.textContent = !asked ? "" : found.length ? `${found.length} ${form.dataset.count}` : form.dataset.none;
}

function choose(place) {
  const items = [...list.children];
  if (!items.length) return;
  chosen = (place + items.length) % items.length;
  items.forEach((item, i) => item.setAttribute("aria-selected", String(i === chosen)));
  field.setAttribute("aria-activedescendant", items[chosen].id);
  items[chosen].scrollIntoView({ block: "nearest" });
}

function close() {
  list.hidden = true;
  field.setAttribute("aria-expanded", "false");
}

field.addEventListener("input", show);
field.addEventListener("focus", () => { if (field.value) show(); });
field.addEventListener("keydown", event => {
  if (event.key === "ArrowDown") choose(chosen + 1);
  else if (event.key === "ArrowUp") choose(chosen - 1);
  else if (event.key === "Escape") close();
  else return;
  event.preventDefault();
});
form.addEventListener("submit", event => {
  event.preventDefault();
  list.querySelectorAll("a")[Math.max(chosen, 0)]?.click();
});
document.addEventListener("click", event => { if (!form.contains(event.target)) close(); });
document.addEventListener("keydown", event => {
  if (event.key !== "/" || /INPUT|SELECT|TEXTAREA/.test(event.target.tagName)) return;
  event.preventDefault();
  field.focus();
});
form.addEventListener("focusout", event => { if (event.relatedTarget && !form.contains(event.relatedTarget)) close(); });

// ---------------------------------------------------------------- long lists

const narrow = document.getElementById("narrow");
narrow?.addEventListener("input", () => {
  const terms = plain(narrow.value).split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const row of document.querySelectorAll("[data-words]")) {
    const words = plain(row.dataset.words);
    row.hidden = !terms.every(term => words.includes(term));
    if (!row.hidden) shown++;
  }
  narrow.nextElementSibling.textContent = terms.length ? `${shown} ${narrow.dataset.shown}` : "";
});

// The part of a page that an address names is shown, also inside what is folded away.
function unfold() {
  const part = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  for (let above = part && part.closest("details"); above; above = above.parentElement.closest("details")) above.open = true;
  if (part) part.scrollIntoView();
}
addEventListener("hashchange", unfold);
unfold();
