// What a page does beyond plain HTML: answers in place, the address that follows, copies, charts.
import { draw } from "./charts.js";

const form = document.querySelector("form[data-live]");
let asking = new AbortController();
let shown = location.search;

/** Returns the address that the inputs of a form say; an empty input is a default. */
function address(form) {
  const sent = [...new FormData(form)].filter(([name, value]) => value !== "" || name.includes("."));
  const at = new URL(form.getAttribute("action") || location.pathname, location.href);
  at.search = new URLSearchParams(sent);
  return at;
}

/** Shows a page that was asked for: what it says beside the inputs, of which empty ones are filled. */
function show(text) {
  const page = new DOMParser().parseFromString(text, "text/html");
  for (const part of document.querySelectorAll("[data-part]")) {
    const next = page.getElementById(part.id);
    part.replaceChildren(...(next ? next.childNodes : []));
  }
  for (const rows of document.querySelectorAll("form[data-live] fieldset[id]")) {
    const next = page.getElementById(rows.id)?.querySelectorAll(".row") ?? [];
    rows.append(...[...next].slice(rows.querySelectorAll(".row").length));
  }
  for (const input of document.querySelectorAll("form[data-live] [name]:not([type=file])")) {
    const next = page.getElementById(input.id);
    if (next && input.value === "" && input !== document.activeElement) input.value = next.value;
    const invalid = next?.getAttribute("aria-invalid");
    invalid ? input.setAttribute("aria-invalid", invalid) : input.removeAttribute("aria-invalid");
  }
  document.title = page.title;
  document.querySelector("#problem .faults")?.scrollIntoView({ block: "nearest" });
  enrich();
}

/** Asks for what the form says, and shows the answer in place; a sheet is sent, all else is an address. */
async function ask(form, remember) {
  const sends = form.method === "post";
  const at = sends ? form.action : address(form);
  asking.abort();
  asking = new AbortController();
  const answer = document.getElementById("answer");
  answer.setAttribute("aria-busy", "true");
  try {
    const body = sends ? { method: "POST", body: new FormData(form) } : {};
    const told = await fetch(at, { signal: asking.signal, headers: { Accept: "text/html" }, ...body });
    if (!told.headers.get("content-type")?.startsWith("text/html")) throw new Error(told.status);
    show(await told.text());
    history[remember](null, "", told.url);
    shown = location.search;
    answer.setAttribute("aria-busy", "false");
    answer.dataset.shown = Number(answer.dataset.shown ?? 0) + 1;
  } catch (error) {
    if (error.name !== "AbortError") sends ? form.submit() : location.assign(at);
  }
}

/** Gives what was shown its buttons and its charts. */
function enrich() {
  for (const text of document.querySelectorAll(".copies pre")) {
    if (text.nextElementSibling?.matches(".copy")) continue;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    button.textContent = "Copy";
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(text.textContent);
      button.textContent = "Copied";
    });
    text.after(button);
  }
  for (const chart of document.querySelectorAll("[data-chart]")) draw(chart);
}

if (form) {
  const asks = () => form.method === "get" || form.workloads.value.trim() || form.sheet.value;
  form.addEventListener("submit", (event) => {
    if (event.submitter?.name === "download") return;
    event.preventDefault();
    ask(form, "pushState");
  });
  form.addEventListener("change", () => form.checkValidity() && asks() && ask(form, "replaceState"));
  addEventListener("popstate", () => location.search === shown || location.reload());
}
// A link to a field that is folded away unfolds it.
addEventListener("click", (event) => {
  const at = event.target.closest?.('a[href^="#"]');
  const place = at && document.getElementById(decodeURIComponent(at.hash.slice(1)));
  if (!place) return;
  for (let one = place; one; one = one.parentElement) if (one.matches("details")) one.open = true;
  if (place.matches("input, select, textarea")) {
    event.preventDefault();
    place.focus();
  }
});
addEventListener("beforeprint", () => {
  for (const one of document.querySelectorAll(".answer .severity, .answer .table")) one.open = true;
});
enrich();
document.documentElement.dataset.ready = "";
