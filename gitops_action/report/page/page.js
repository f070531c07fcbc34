"use strict";
// Text of a report only ever becomes text: nothing here parses HTML.
const data = JSON.parse(document.getElementById("data").textContent);
const [ENVIRONMENT, OUTCOME, KIND, NAME, PLACE, MESSAGE, DIFF, DRIFT, NOTES] = data.columns.keys();
const find = (id) => document.getElementById(id);
const make = (tag, name, ...children) => {
  const made = document.createElement(tag);
  if (name) made.className = name;
  made.append(...children);
  return made;
};
const filters = { q: find("search"), env: find("environment"), kind: find("kind"), outcome: find("outcome") };
const columns = { env: ENVIRONMENT, kind: KIND, outcome: OUTCOME };
const list = find("changes");
const state = { view: "unified", theme: "" };
const rows = [];

function lineClass(line) {
  return { "+": "added", "-": "removed", "@": "hunk" }[line[0]] ?? "";
}

function unified(lines) {
  const block = make("div", "diff");
  for (const line of lines) block.append(make("span", lineClass(line), line || " "));
  return block;
}

// Removed and added lines that follow each other stand side by side.
function sides(lines) {
  const body = make("tbody");
  let old = [];
  let young = [];
  const add = (left, right, kinds) =>
    body.append(make("tr", "", make("td", kinds[0], left ?? ""), make("td", kinds[1], right ?? "")));
  const flush = () => {
    for (let at = 0; at < Math.max(old.length, young.length); at += 1) {
      add(old[at], young[at], [old[at] === undefined ? "" : "removed", young[at] === undefined ? "" : "added"]);
    }
    old = [];
    young = [];
  };
  for (const line of lines) {
    if (line.startsWith("-")) old.push(line);
    else if (line.startsWith("+")) young.push(line);
    else {
      flush();
      if (line.startsWith("@")) add(line, line, ["hunk", "hunk"]);
      else add(line, line, ["", ""]);
    }
  }
  flush();
  const head = make("thead", "", make("tr", "", make("th", "", "before"), make("th", "", "after")));
  return make("table", "sides", head, body);
}

function shown(text) {
  const lines = text.replace(/\n$/, "").split("\n");
  const headed = lines.length > 2 && lines[0].startsWith("--- ") && lines[1].startsWith("+++ ");
  return (state.view === "sides" ? sides : unified)(headed ? lines.slice(2) : lines);
}

function fill(row) {
  const inside = row.item.querySelector(".inside");
  const change = row.change;
  inside.replaceChildren();
  if (change[PLACE]) inside.append(make("p", "quiet", change[PLACE]));
  if (change[MESSAGE]) inside.append(make("p", "", change[MESSAGE]));
  for (const note of change[NOTES]) inside.append(make("p", "", note));
  if (change[DIFF]) inside.append(shown(change[DIFF]));
  if (change[DRIFT]) inside.append(make("p", "", "Drifted in the cluster before this change:"), shown(change[DRIFT]));
  if (inside.childElementCount === 0) inside.append(make("p", "quiet", "Nothing more is known."));
  row.view = state.view;
}

function fresh(row) {
  if (row.view !== state.view) fill(row);
}

function build(change) {
  const summary = make("summary", "", make("strong", "", change[OUTCOME]), " ", make("code", "", `${change[KIND]}/${change[NAME]}`));
  if (change[ENVIRONMENT]) summary.append(" in ", make("span", "", change[ENVIRONMENT]));
  if (change[DRIFT]) summary.append(" ", make("span", "warning", "drifted"));
  const details = make("details", "", summary, make("div", "inside"));
  const row = { change, item: make("li", "", details), details, summary, text: "", view: "" };
  row.text = [change[ENVIRONMENT], change[OUTCOME], change[KIND], change[NAME], change[MESSAGE], change[DIFF]].join("\n").toLowerCase();
  // A click is told before it opens; the browser's own search opens without one.
  summary.addEventListener("click", () => fresh(row));
  details.addEventListener("toggle", () => {
    if (details.open) fresh(row);
  });
  return row;
}

function chosen(row) {
  const words = filters.q.value.toLowerCase().split(/\s+/).filter(Boolean);
  if (!words.every((word) => row.text.includes(word))) return false;
  return Object.entries(columns).every(([name, column]) => filters[name].value === "" || row.change[column] === filters[name].value);
}

function apply() {
  let count = 0;
  for (const row of rows) {
    const seen = chosen(row);
    row.item.hidden = !seen;
    count += seen ? 1 : 0;
  }
  find("count").textContent = `${count} of ${rows.length} changes shown`;
  const words = filters.q.value.toLowerCase().split(/\s+/).filter(Boolean);
  for (const finding of document.querySelectorAll("tr[data-environments]")) {
    const environments = JSON.parse(finding.dataset.environments);
    const text = finding.textContent.toLowerCase();
    const here = filters.env.value === "" || environments.length === 0 || environments.includes(filters.env.value);
    finding.hidden = !here || !words.every((word) => text.includes(word));
  }
  remember();
}

// The address says what is shown, so that it can be passed on.
function remember() {
  const said = new URLSearchParams();
  for (const [name, field] of Object.entries(filters)) if (field.value) said.set(name, field.value);
  if (state.view !== "unified") said.set("view", state.view);
  history.replaceState(null, "", `#${said}`);
}

function view(name) {
  state.view = name;
  find("unified").setAttribute("aria-pressed", String(name === "unified"));
  find("sides").setAttribute("aria-pressed", String(name === "sides"));
  for (const row of rows) if (row.details.open) fresh(row);
  remember();
}

function theme() {
  const dark = state.theme ? state.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  state.theme = dark ? "light" : "dark";
  document.documentElement.dataset.theme = state.theme;
}

function openAll(open) {
  for (const row of rows.filter((one) => !one.item.hidden)) {
    if (open) fresh(row);
    row.details.open = open;
  }
}

function move(step) {
  const seen = rows.filter((row) => !row.item.hidden);
  const at = seen.findIndex((row) => row.summary === document.activeElement);
  const next = seen[at < 0 ? (step > 0 ? 0 : seen.length - 1) : Math.min(Math.max(at + step, 0), seen.length - 1)];
  if (next) {
    next.summary.focus();
    next.summary.scrollIntoView({ block: "nearest" });
  }
}

const keys = {
  j: () => move(1),
  k: () => move(-1),
  o: () => document.activeElement?.closest?.("summary")?.click(),
  "/": () => filters.q.focus(),
  u: () => view("unified"),
  s: () => view("sides"),
  e: () => openAll(true),
  c: () => openAll(false),
  t: theme,
  "?": () => find("help").showModal(),
};

function options(field, column) {
  for (const name of new Set(data.changes.map((change) => change[column]))) if (name) field.append(new Option(name, name));
}

function start() {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || find("help").open) return;
    if (event.target.matches("input, select")) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    const action = keys[event.key];
    if (action) {
      event.preventDefault();
      action();
    }
  });
  for (const change of data.changes) rows.push(build(change));
  list.append(...rows.map((row) => row.item));
  for (const [name, column] of Object.entries(columns)) options(filters[name], column);
  for (const [name, value] of new URLSearchParams(location.hash.slice(1))) {
    if (filters[name]) filters[name].value = value;
    else if (name === "view" && value === "sides") state.view = value;
  }
  for (const field of Object.values(filters)) field.addEventListener("input", apply);
  find("filters").addEventListener("submit", (event) => event.preventDefault());
  find("unified").addEventListener("click", () => view("unified"));
  find("sides").addEventListener("click", () => view("sides"));
  find("expand").addEventListener("click", () => openAll(true));
  find("collapse").addEventListener("click", () => openAll(false));
  find("theme").addEventListener("click", theme);
  find("keys").addEventListener("click", () => find("help").showModal());
  const open = new URLSearchParams(location.hash.slice(1)).has("open") || rows.length <= 2;
  view(state.view);
  apply();
  find("interactive").hidden = false;
  if (open) openAll(true);
}

// Without changes there is nothing to filter, and none of the page's controls.
if (list) start();
