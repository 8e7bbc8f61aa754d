// Keys of the list, all of them ticked at once, and what has come in since: the page works without any of it.
"use strict";
const links = [...document.querySelectorAll("table.queue tbody th a")];
const ticks = [...document.querySelectorAll("table.queue input[name=lead]")];

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input:not([type=checkbox]), select, textarea")) return;
  const row = event.target.closest("tr"), here = links.findIndex((link) => row && row.contains(link));
  if (event.key === "j" && links.length) links[Math.min(here + 1, links.length - 1)].focus();
  else if (event.key === "k" && links.length) links[Math.max(here - 1, 0)].focus();
  else if (event.key === "x" && here >= 0 && ticks[here]) ticks[here].click();
  else if (event.key === "/") {
    const search = document.getElementById("search"), fold = search.closest("details");
    if (fold) fold.open = true;
    search.focus();
  } else return;
  event.preventDefault();
});

const head = document.querySelector("table.queue th.tick");
if (head && ticks.length) {
  const all = document.createElement("input");
  all.type = "checkbox";
  all.setAttribute("aria-label", "Tick all");
  all.addEventListener("change", () => ticks.forEach((tick) => { tick.checked = all.checked; }));
  head.replaceChildren(all);
}

const news = document.getElementById("news");
if (news && news.dataset.since) {
  setInterval(async () => {
    if (document.hidden) return;
    const answer = await fetch(`/pages/leads.new?since=${news.dataset.since}`, { headers: { accept: "application/json" } }).catch(() => null);
    if (!answer || !answer.ok || answer.redirected) return;
    const { leads } = await answer.json();
    if (!leads) return;
    const link = document.createElement("a");
    link.href = "/pages/leads?view=new&whose=everyone&order=newest";
    link.textContent = `${leads === 1 ? "1 new lead has" : `${leads >= 100 ? "100 or more" : leads} new leads have`} come in`;
    if (news.textContent !== link.textContent) news.replaceChildren(link);
    news.hidden = false;
  }, 30000);
}
