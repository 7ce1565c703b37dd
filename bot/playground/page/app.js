// The playground's page: a chat client for one person at a time, kept live by server-sent events.

import { drawBlocks } from "./blocks.js";
import { menuKeys, newId } from "./inputs.js";
import { avatar, el, mrkdwn } from "./text.js";

const $ = (id) => document.getElementById(id);
const at = { me: null, channel: null, tab: "messages", company: null, state: null };
const people = new Map();
const drawn = new Map(); // message key -> {json, node}
const modals = new Map(); // view id -> dialog

const context = {
  person: (id) => people.get(id),
  channel: (id) => at.state?.channels.find((one) => one.id === id) ,
  channels: () => at.state?.channels ?? [],
  everybody: () => [...people.values()].filter((one) => !one.deleted && !one.is_bot).sort((a, b) => a.name.localeCompare(b.name)),
  openChannel: (id) => openPlace(id),
  get me() { return at.me; },
  get zone() { return people.get(at.me)?.time_zone; },
  get locale() { return "en-GB"; },
};

async function post(deed, body) {
  try {
    const response = await fetch(`/ui/${deed}`, {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ as: at.me, ...body }),
    });
    const result = await response.json();
    say(result.error ? result.error : "");
    return result;
  } catch {
    say("The playground does not answer.");
    return { ok: false };
  }
}

function say(words, trouble = true) {
  $("status").textContent = words;
  $("status").classList.toggle("news", !trouble);
}

// People

function groups() {
  const map = new Map();
  for (const person of people.values()) {
    if (person.is_bot) continue;
    const name = person.deleted ? "Deactivated" : person.department;
    if (!map.has(name)) map.set(name, []);
    map.get(name).push(person);
  }
  return map;
}

function drawPeople(filter = "") {
  const wanted = filter.toLowerCase();
  const list = $("person-list");
  list.replaceChildren();
  for (const [name, members] of groups()) {
    const matching = members.filter((one) => `${one.name} ${one.email} ${one.team}`.toLowerCase().includes(wanted));
    if (!matching.length) continue;
    const id = newId("department");
    list.append(el("div", { role: "group", "aria-labelledby": id },
      el("p", { class: "department", id }, name),
      matching.map((person) => el("button", {
        type: "button", role: "option", "data-person": person.id, "aria-selected": String(person.id === at.me), disabled: person.deleted,
        onclick: () => become(person.id),
      }, avatar(person), el("span", { class: "who" }, el("span", {}, person.name), el("small", {}, person.team.split("/").at(-1) || person.email))))));
  }
  if (!list.children.length) list.append(el("p", { class: "none" }, "Nobody of that name"));
}

function showPeople(open) {
  $("people").hidden = !open;
  $("me").setAttribute("aria-expanded", String(open));
  if (open) {
    $("person-search").value = "";
    drawPeople();
    $("person-search").focus();
    $("person-list").querySelector('[aria-selected="true"]')?.scrollIntoView({ block: "nearest" });
  }
}

async function become(id) {
  at.me = id;
  try { localStorage.setItem("tandem-playground-person", id); } catch { /* private window */ }
  const person = people.get(id);
  $("me").replaceChildren(avatar(person), el("span", { class: "who" }, el("span", {}, person.name), el("small", {}, person.team.replace("/", ", ") || "Not in the directory")), el("span", { class: "caret", "aria-hidden": "true" }, "⌄"));
  $("me").setAttribute("aria-label", `Person: ${person.name}`);
  showPeople(false);
  for (const dialog of modals.values()) dialog.remove();
  modals.clear();
  if (at.channel?.startsWith("D") || at.channel?.startsWith("G")) at.channel = "D" + id.slice(1);
  drawn.clear();
  $("log").replaceChildren();
  await refresh();
  if (at.tab === "home" && at.channel.startsWith("D")) post("home", {});
  remember();
}

function remember() {
  const query = new URLSearchParams({ as: at.me, channel: at.channel });
  if (at.tab === "home") query.set("tab", "home");
  history.replaceState(null, "", `/?${query}`);
}

// Places

const botDm = () => "D" + at.me.slice(1);

async function openPlace(id, tab = "messages") {
  at.channel = id;
  at.tab = tab;
  drawn.clear();
  $("log").replaceChildren();
  showSide(false);
  await refresh();
  scrollDown();
  remember();
  if (tab === "home") post("home", {});
  else if (matchMedia("(min-width: 700px)").matches) $("message").focus();
}

function drawSide() {
  const item = (id, label, mark, unread, current, onclick) => el("li", {}, el("button", {
    type: "button", "data-channel": id, "aria-current": current ? "page" : undefined, onclick,
    class: unread ? "unread" : "",
  }, mark, el("span", { class: "name" }, label), unread ? el("span", { class: "badge", "aria-label": `${unread} unread` }, String(unread)) : null));
  const list = at.state.channels;
  const dm = list.find((one) => one.id === botDm());
  const bot = people.get(at.company.bot);
  $("apps").replaceChildren(
    item(botDm(), "Tandem", avatar(bot, "tiny"), dm?.unread, at.channel === botDm() && at.tab === "messages", () => openPlace(botDm())),
    item("home", "Home", el("span", { class: "hash", "aria-hidden": "true" }, "⌂"), 0, at.channel === botDm() && at.tab === "home", () => openPlace(botDm(), "home")));
  $("channels").replaceChildren(...list.filter((one) => one.kind === "channel").map((one) =>
    item(one.id, one.name, el("span", { class: "hash", "aria-hidden": "true" }, "#"), one.unread, at.channel === one.id, () => openPlace(one.id))));
  const groupsNow = list.filter((one) => one.kind === "mpim");
  $("groups-title").hidden = !groupsNow.length;
  $("groups").replaceChildren(...groupsNow.map((one) =>
    item(one.id, one.name, el("span", { class: "hash", "aria-hidden": "true" }, "◦"), one.unread, at.channel === one.id, () => openPlace(one.id))));
}

function drawTop() {
  const channel = context.channel(at.channel);
  const mine = at.channel === botDm();
  $("place").textContent = mine ? "Tandem" : channel?.kind === "mpim" ? channel.name : "#" + (channel?.name ?? "");
  $("place-note").textContent = mine ? "App" : `${channel?.members ?? 0} members`;
  $("tabs").hidden = !mine;
  $("tab-messages").setAttribute("aria-selected", String(at.tab === "messages"));
  $("tab-home").setAttribute("aria-selected", String(at.tab === "home"));
  $("home").hidden = at.tab !== "home";
  $("log").hidden = at.tab === "home";
  $("composer").hidden = at.tab === "home";
  $("message").placeholder = `Message ${$("place").textContent}, or / for commands`;
  document.title = `${$("place").textContent} · Tandem playground`;
}

// Messages

function bench(where, values) {
  return {
    context,
    press: (element, block, value) => post("press", { ...where, action: element.action_id, block: block.block_id, value, values: values?.() }),
    suggest: async (element, block, text) => (await post("suggest", { ...where, action: element.action_id, block: block.block_id, text })).options ?? [],
    changed(element, block, value) {
      where.keep?.(element, block, value);
      if (block.type !== "input" || block.dispatch_action) this.press(element, block, value);
    },
    typed: (element, block, value) => where.keep?.(element, block, value),
    confirm: confirmDialog,
    busy: async (node, work) => {
      node.setAttribute("aria-busy", "true");
      node.disabled = true;
      try { await work(); } finally { node.removeAttribute("aria-busy"); node.disabled = false; }
    },
  };
}

function confirmDialog(confirm, style) {
  return new Promise((resolve) => {
    const id = newId("confirm");
    const done = (answer) => { dialog.close(); dialog.remove(); resolve(answer); };
    const yes = el("button", { type: "button", class: `button ${confirm.style ?? style ?? "primary"}`, onclick: () => done(true) }, confirm.confirm?.text ?? "Yes");
    const no = el("button", { type: "button", class: "button", onclick: () => done(false) }, confirm.deny?.text ?? "No");
    const dialog = el("dialog", { class: "modal small", role: "dialog", "aria-labelledby": id },
      el("header", {}, el("h2", { id }, confirm.title.text)),
      el("div", { class: "modal-body" }, el("p", {}, confirm.text.type === "mrkdwn" ? mrkdwn(confirm.text.text, context) : confirm.text.text)),
      el("footer", {}, no, yes));
    dialog.addEventListener("cancel", (event) => { event.preventDefault(); done(false); });
    $("dialogs").append(dialog);
    dialog.showModal();
    yes.focus();
  });
}

const clockTime = (ts) => new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: context.zone }).format(new Date(ts * 1000));
const dayOf = (ts) => new Intl.DateTimeFormat("en-GB", { weekday: "long", day: "numeric", month: "long", timeZone: context.zone }).format(new Date(ts * 1000));

function author(message) {
  if (message.user === "USLACKBOT") return { id: "USLACKBOT", name: "Slackbot" };
  return people.get(message.user) ?? { id: message.user, name: message.user };
}

function drawMessage(message, follows) {
  const who = author(message);
  const ref = { channel: message.channel, ts: message.ts };
  const body = message.blocks?.length
    ? drawBlocks(message.blocks, bench({ message: ref }))
    : message.text ? [el("div", { class: "text" }, mrkdwn(message.text, context))] : [];
  const note = message.blocks?.length && message.files ? [el("div", { class: "text" }, mrkdwn(message.text, context))] : [];
  const files = (message.files ?? []).map((file) => el("a", { class: "file", href: file.url_private_download, download: file.name },
    el("span", { class: "file-kind", "aria-hidden": "true" }, file.filetype.slice(0, 4)),
    el("span", { class: "who" }, el("span", {}, file.title), el("small", {}, `${file.name}, ${bytes(file.size)} · Download`))));
  const menu = message.user !== "USLACKBOT" && !message.is_ephemeral ? messageMenu(message, ref, who) : null;
  return el("article", {
    class: `message ${follows ? "follows" : ""} ${message.is_ephemeral ? "private" : ""}`,
    "data-ts": message.ts, "data-user": message.user, "data-ephemeral": String(message.is_ephemeral), tabindex: "-1",
    "aria-label": `${who.name}, ${clockTime(message.ts)}`,
  },
  el("div", { class: "gutter" }, follows ? el("time", { class: "small-time" }, clockTime(message.ts)) : avatar(who)),
  el("div", { class: "content" },
    message.is_ephemeral ? el("p", { class: "only-you" }, el("span", { "aria-hidden": "true" }, "◉ "), "Only visible to you",
      el("button", { type: "button", class: "plain", onclick: () => post("dismiss", { message: ref }) }, "Dismiss message")) : null,
    follows ? null : el("p", { class: "byline" }, el("strong", {}, who.name), who.app || who.is_bot ? el("span", { class: "app" }, "App") : null,
      el("time", { datetime: new Date(message.ts * 1000).toISOString(), title: dayOf(message.ts) }, clockTime(message.ts))),
    note, body, message.edited ? el("span", { class: "edited" }, "(edited)") : null, files),
  menu);
}

const bytes = (size) => (size < 1024 ? `${size} bytes` : size < 1024 * 1024 ? `${Math.round(size / 1024)} kB` : `${(size / 1024 / 1024).toFixed(1)} MB`);

function messageMenu(message, ref, who) {
  const list = el("div", { class: "menu-list", role: "menu", hidden: true });
  const toggle = el("button", {
    type: "button", class: "button dots", "aria-haspopup": "menu", "aria-label": `More actions for the message of ${who.name}`, title: "More actions",
    onclick: () => { list.hidden = !list.hidden; if (!list.hidden) list.firstChild?.focus(); },
  }, "⋯");
  for (const shortcut of at.company.shortcuts.filter((one) => one.kind === "message")) {
    list.append(el("button", {
      type: "button", role: "menuitem", "data-shortcut": shortcut.callback_id,
      onclick: () => { list.hidden = true; post("shortcut", { name: shortcut.callback_id, message: ref }); },
    }, shortcut.name));
  }
  list.addEventListener("keydown", (event) => menuKeys(event, list, toggle));
  const node = el("div", { class: "hover pop" }, toggle, list);
  node.addEventListener("focusout", (event) => { if (!node.contains(event.relatedTarget)) list.hidden = true; });
  return node;
}

function drawLog() {
  const log = $("log");
  const low = log.scrollHeight - log.scrollTop - log.clientHeight < 80;
  const nodes = [];
  let before = null;
  const seen = new Set();
  for (const message of at.state.messages) {
    const day = dayOf(message.ts);
    const sameDay = before && dayOf(before.ts) === day;
    const follows = sameDay && before.user === message.user && !message.is_ephemeral && !before.is_ephemeral && message.ts - before.ts < 300;
    if (!sameDay) {
      const key = `day ${day}`;
      seen.add(key);
      if (!drawn.has(key)) drawn.set(key, { node: el("div", { class: "day", role: "separator" }, el("span", {}, day)) });
      nodes.push(drawn.get(key).node);
    }
    const json = JSON.stringify([message, follows]);
    seen.add(message.ts);
    if (drawn.get(message.ts)?.json !== json) drawn.set(message.ts, { json, node: drawMessage(message, follows) });
    nodes.push(drawn.get(message.ts).node);
    before = message;
  }
  for (const key of drawn.keys()) if (!seen.has(key)) drawn.delete(key);
  if (!nodes.length) nodes.push(el("p", { class: "empty" }, at.channel === botDm() ? "This is the very beginning of your conversation with Tandem. Say hello, or type / to see what it can do." : "Nothing here yet."));
  nodes.forEach((node, index) => { if (log.children[index] !== node) log.insertBefore(node, log.children[index] ?? null); });
  while (log.children.length > nodes.length) log.lastChild.remove();
  if (low) scrollDown();
}

function scrollDown() { $("log").scrollTop = $("log").scrollHeight; }

function drawHome() {
  const home = $("home");
  const view = at.state.home;
  const json = JSON.stringify(view);
  if (home.dataset.json === json) return;
  home.dataset.json = json;
  home.replaceChildren(...(view
    ? drawBlocks(view.blocks, bench({ view: view.id }), { values: view.values })
    : [el("p", { class: "empty" }, "Tandem has not published a Home tab for this person yet.")]));
}

// Modals

function drawModals() {
  const wanted = at.state.views.map((view) => view.id);
  for (const [id, dialog] of [...modals]) {
    if (wanted.includes(id)) continue;
    dialog.close();
    dialog.remove();
    modals.delete(id);
  }
  for (const view of at.state.views) {
    const json = JSON.stringify([view.hash, view.errors, view.trouble]);
    const old = modals.get(view.id);
    if (old?.dataset.json === json) continue;
    // What was typed stays with the fields that the new view still has.
    const dialog = drawModal(view, stillThere(old?.kept ?? {}, view.values));
    dialog.dataset.json = json;
    const focused = old?.contains(document.activeElement) ? document.activeElement.dataset.actionId : null;
    if (old) { old.close(); old.remove(); }
    modals.set(view.id, dialog);
    $("dialogs").append(dialog);
    dialog.showModal();
    const bad = dialog.querySelector(".bad input, .bad select, .bad textarea");
    const again = focused && dialog.querySelector(`[data-action-id="${CSS.escape(focused)}"]`);
    (bad ?? again ?? dialog.querySelector(".modal-body input:not([type=hidden]), .modal-body select, .modal-body textarea, footer .primary, .modal-body button") ?? dialog).focus({ preventScroll: !again });
    bad?.closest(".field").scrollIntoView({ block: "center" });
  }
}

// Slack knows a field by its block and its action: a new action in the same block is another field.
function stillThere(kept, values) {
  const fields = Object.entries(kept).map(([block, typed]) =>
    [block, Object.fromEntries(Object.entries(typed).filter(([action]) => action in (values[block] ?? {})))]);
  return Object.fromEntries(fields.filter(([, typed]) => Object.keys(typed).length));
}

function drawModal(view, kept) {
  const id = newId("modal");
  const keep = (element, block, value) => { (kept[block.block_id] ??= {})[element.action_id] = value; };
  const tools = bench({ view: view.id, keep }, () => kept);
  const body = el("div", { class: "modal-body" },
    view.trouble ? el("p", { class: "notice", role: "alert" }, view.trouble) : null,
    drawBlocks(view.blocks, tools, { errors: view.errors, values: overlay(view, kept) }));
  const close = () => post("close", { view: view.id });
  const submit = view.submit ? el("button", { type: "submit", class: "button primary" }, view.submit.text) : null;
  const form = el("form", { novalidate: true },
    el("header", {}, el("h2", { id }, view.title?.text ?? ""), el("button", { type: "button", class: "button x", "aria-label": "Close", onclick: close }, "✕")),
    body,
    el("footer", {}, el("button", { type: "button", class: "button", onclick: close }, view.close?.text ?? (view.submit ? "Cancel" : "Done")), submit));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (!submit || submit.disabled) return;
    await tools.busy(submit, () => post("submit", { view: view.id, values: kept }));
  });
  const dialog = el("dialog", { class: "modal", role: "dialog", "aria-modal": "true", "aria-labelledby": id, "data-view-id": view.id, "data-callback-id": view.callback_id }, form);
  dialog.addEventListener("cancel", (event) => { event.preventDefault(); close(); });
  dialog.kept = kept;
  return dialog;
}

// What is typed but not yet sent, in the shape of state.values.
function overlay(view, kept) {
  const values = structuredClone(view.values);
  for (const [block, fields] of Object.entries(kept)) {
    for (const [action, value] of Object.entries(fields)) {
      const state = values[block]?.[action];
      if (!state) continue;
      const key = Object.keys(state).find((name) => name !== "type");
      if (key === "selected_option") state[key] = value && (value.value ? value : { value });
      else if (key === "selected_options") state[key] = (value ?? []).map((one) => (one.value ? one : { value: one }));
      else state[key] = value;
    }
  }
  return values;
}

// Composer

const box = () => $("message");
let choices = [];
let choice = 0;

function suggestions() {
  const text = box().value;
  const before = text.slice(0, box().selectionStart);
  const word = before.match(/^\/\w*$/);
  if (word) {
    return at.company.commands.filter((one) => one.command.startsWith(word[0])).map((one) => ({
      put: one.command + " ", from: 0, title: one.command, hint: one.usage_hint, note: one.description,
    }));
  }
  const mention = before.match(/(?:^|\s)@([\p{L}.\- ]{0,30})$/u);
  if (mention) {
    const wanted = mention[1].toLowerCase();
    const from = before.length - mention[1].length - 1;
    return [...people.values()].filter((one) => !one.deleted && (one.name.toLowerCase().startsWith(wanted) || one.handle.startsWith(wanted) || one.name.toLowerCase().split(" ").some((part) => part.startsWith(wanted))))
      .slice(0, 6).map((one) => ({ put: (one.app ? "@Tandem" : `@${one.handle}`) + " ", from, title: one.name, hint: one.team.split("/").at(-1), person: one }));
  }
  return [];
}

function drawSuggestions() {
  choices = suggestions();
  choice = 0;
  const list = $("suggestions");
  list.hidden = !choices.length;
  list.replaceChildren(...choices.map((one, index) => el("div", {
    role: "option", id: `choice-${index}`, "aria-selected": String(index === choice),
    onmousedown: (event) => { event.preventDefault(); take(index); },
  }, one.person ? avatar(one.person, "tiny") : null, el("strong", {}, one.title), el("span", {}, one.hint), one.note ? el("small", {}, one.note) : null)));
  box().setAttribute("aria-activedescendant", choices.length ? "choice-0" : "");
}

function moveChoice(step) {
  choice = (choice + step + choices.length) % choices.length;
  [...$("suggestions").children].forEach((node, index) => node.setAttribute("aria-selected", String(index === choice)));
  $("suggestions").children[choice].scrollIntoView({ block: "nearest" });
  box().setAttribute("aria-activedescendant", `choice-${choice}`);
}

function take(index) {
  const one = choices[index];
  const after = box().value.slice(box().selectionStart);
  const text = box().value.slice(0, one.from) + one.put;
  box().value = text + after.trimStart();
  box().setSelectionRange(text.length, text.length);
  drawSuggestions();
  grow();
}

function grow() {
  box().style.height = "auto";
  box().style.height = `${Math.min(box().scrollHeight, 180)}px`;
}

async function send() {
  const text = box().value.trim();
  if (!text) return;
  box().value = "";
  grow();
  drawSuggestions();
  scrollDown();
  const result = await post("send", { channel: at.channel, text });
  if (result.problem === "unknown_command" && text.startsWith("/")) box().value = text;
  await refresh();
  scrollDown();
}

function globalShortcuts() {
  document.querySelector(".shortcut-menu")?.remove();
  const list = el("div", { class: "menu-list up shortcut-menu", role: "menu", "aria-label": "Shortcuts" });
  for (const shortcut of at.company.shortcuts.filter((one) => one.kind === "global")) {
    list.append(el("button", { type: "button", role: "menuitem", "data-shortcut": shortcut.callback_id, onclick: () => { list.remove(); post("shortcut", { name: shortcut.callback_id }); } }, shortcut.name));
  }
  if (!list.children.length) list.append(el("p", { class: "none" }, "The app has no global shortcut."));
  list.addEventListener("keydown", (event) => { menuKeys(event, list, $("shortcuts")); if (list.hidden) list.remove(); });
  list.addEventListener("focusout", (event) => { if (!list.contains(event.relatedTarget)) list.remove(); });
  $("composer").append(list);
  list.querySelector("button")?.focus();
}

// Misbehave

const KINDS = {
  rate_limited: "429 with Retry-After", server_error: "500", drop_before: "drop the connection before processing",
  drop_after: "drop the connection after processing", slow: "answer slowly", resend: "send it to the bot twice",
};

function drawMisbehave() {
  const panel = $("misbehave");
  const option = (value, words) => el("option", { value }, words);
  const target = el("select", { class: "input", id: "fault-target" });
  const kind = el("select", { class: "input", id: "fault-kind" }, at.company.fault_kinds.map((one) => option(one, KINDS[one])));
  const targets = () => target.replaceChildren(...(kind.value === "resend"
    ? [option("to_bot:command", "Commands"), option("to_bot:interaction", "Clicks and forms"), option("to_bot:event", "Events")]
    : at.company.fault_targets.map((one) => option(one, one === "*" ? "Every Web API call" : one))));
  kind.addEventListener("change", targets);
  targets();
  const times = el("input", { class: "input", id: "fault-times", type: "number", min: "1", value: "1" });
  const seconds = el("input", { class: "input", id: "fault-seconds", type: "number", min: "0", step: "0.5", value: "2" });
  const field = (label, node) => el("div", { class: "field" }, el("label", { class: "label", for: node.id }, label), node);
  const form = el("form", {}, field("What goes wrong", kind), field("Where", target), el("div", { class: "pair" }, field("How often", times), field("Seconds", seconds)),
    el("div", { class: "actions" }, el("button", { type: "submit", class: "button primary" }, "Plan it"),
      el("button", { type: "button", class: "button", onclick: () => post("fault", { clear: true }) }, "Behave again")));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    post("fault", { target: target.value, kind: kind.value, times: times.value, seconds: seconds.value });
  });
  panel.replaceChildren(el("header", {}, el("h2", {}, "Misbehave"), el("button", { type: "button", class: "button x", "aria-label": "Close the misbehave panel", onclick: () => toggleMisbehave(false) }, "✕")),
    el("p", { class: "hint" }, "Slack has bad moments. Plan one and see what the bot does."), form,
    el("h3", {}, "Planned"), el("ul", { id: "planned" }), el("h3", {}, "Refused answers of the bot"), el("ul", { id: "problems" }));
}

function drawFaults() {
  const list = $("planned");
  if (!list) return;
  const rows = (items, none) => (items.length ? items : [none]).map((words) => el("li", {}, words));
  list.replaceChildren(...rows(at.state.faults.map((one) => `${KINDS[one.kind]}, ${one.target}, ${one.times ?? "no end of"} times`), "Nothing"));
  $("problems").replaceChildren(...rows(at.state.problems, "None"));
  $("misbehave-toggle").classList.toggle("on", at.state.faults.length > 0);
}

// Time

const WHEN = new Intl.DateTimeFormat("en-GB", { weekday: "long", day: "numeric", month: "long", hour: "2-digit", minute: "2-digit" });

function drawClock() {
  $("clock").hidden = !at.state.movable;
  $("others").hidden = !at.state.asked && !$("clock").classList.contains("moving");
  if (!$("clock").classList.contains("moving")) $("now").textContent = WHEN.format(new Date(at.state.now));
}

async function takeTime(words, work) {
  const buttons = [...$("clock").querySelectorAll("button")];
  $("clock").classList.add("moving");
  $("now").textContent = words;
  buttons.forEach((button) => { button.disabled = true; });
  try {
    return await work();
  } finally {
    $("clock").classList.remove("moving");
    buttons.forEach((button) => { button.disabled = false; });
    drawClock();
  }
}

const moveClock = (hours) => takeTime("Time goes by…", () => post("move", { hours }));

async function othersAnswer() {
  const done = await takeTime("The others answer…", () => post("others", {}));
  if (done.ok) say(`${done.answered} answered, ${done.silent} did not.`, false);
}

function toggleMisbehave(open) {
  $("misbehave").hidden = !open;
  $("misbehave-toggle").setAttribute("aria-expanded", String(open));
  if (open) { showSide(false); $("fault-kind").focus(); }
}

function showSide(open) {
  $("side").classList.toggle("open", open);
  $("menu").setAttribute("aria-expanded", String(open));
}

// Keeping up

let asking = null;
let again = false;

async function refresh() {
  if (asking) { again = true; return asking; }
  asking = (async () => {
    do {
      again = false;
      const me = at.me;
      const channel = at.channel;
      const query = new URLSearchParams({ as: me, channel });
      const response = await fetch(`/ui/state?${query}`);
      if (!response.ok) return;
      const state = await response.json();
      if (me !== at.me || channel !== at.channel) { again = true; continue; }
      at.state = state;
      drawSide();
      drawTop();
      drawLog();
      drawHome();
      drawModals();
      drawFaults();
      drawClock();
      document.body.dataset.version = state.version;
      const here = state.channels.find((one) => one.id === channel);
      if (here?.unread && at.tab === "messages" && document.visibilityState === "visible") post("read", { channel });
    } while (again);
  })().finally(() => { asking = null; });
  return asking;
}

function listen() {
  const stream = new EventSource("/ui/changes");
  stream.onmessage = () => refresh();
}

async function begin() {
  at.company = await (await fetch("/ui/company")).json();
  for (const person of at.company.people) {
    if (person.id === at.company.bot) person.app = true;
    people.set(person.id, person);
  }
  $("company").append(el("strong", {}, at.company.name), el("small", {}, "a fictional insurer"));
  const query = new URLSearchParams(location.search);
  let stored = null;
  try { stored = localStorage.getItem("tandem-playground-person"); } catch { /* private window */ }
  const wanted = query.get("as") ?? stored;
  const person = [...people.values()].find((one) => wanted && [one.id, one.email, one.handle].includes(wanted) && !one.is_bot && !one.deleted) ?? people.get("U0003") ?? context.everybody()[0];
  at.channel = query.get("channel") ?? "C0CLAIMS";
  if (at.channel === "dm" || at.channel.startsWith("D")) at.channel = "D" + person.id.slice(1);
  if (query.get("tab") === "home") { at.tab = "home"; at.channel = "D" + person.id.slice(1); }
  drawMisbehave();
  await become(person.id);
  scrollDown();
  const linked = query.get("message") && document.querySelector(`[data-ts="${CSS.escape(query.get("message"))}"]`);
  if (linked) { linked.scrollIntoView({ block: "center" }); linked.classList.add("linked"); linked.focus(); }
  listen();
  document.body.dataset.ready = "true";
}

$("me").addEventListener("click", () => showPeople($("people").hidden));
$("person-search").addEventListener("input", (event) => drawPeople(event.target.value));
$("person-search").addEventListener("keydown", (event) => {
  if (event.key === "ArrowDown") { event.preventDefault(); $("person-list").querySelector("button:not(:disabled)")?.focus(); }
  if (event.key === "Enter") { event.preventDefault(); $("person-list").querySelector("button:not(:disabled)")?.click(); }
});
$("person-list").addEventListener("keydown", (event) => menuKeys(event, $("person-list"), $("me")));
document.addEventListener("keydown", (event) => { if (event.key === "Escape" && !$("people").hidden) { showPeople(false); $("me").focus(); } });
document.addEventListener("click", (event) => { if (!event.target.closest(".switcher")) showPeople(false); });
document.querySelector(".centre").addEventListener("click", (event) => { if (!event.target.closest("#menu")) showSide(false); });
document.addEventListener("visibilitychange", () => at.me && refresh());
$("menu").addEventListener("click", () => showSide(!$("side").classList.contains("open")));
$("tab-messages").addEventListener("click", () => openPlace(botDm()));
$("tab-home").addEventListener("click", () => openPlace(botDm(), "home"));
$("others").addEventListener("click", othersAnswer);
for (const button of $("clock").querySelectorAll("[data-hours]")) button.addEventListener("click", () => moveClock(Number(button.dataset.hours)));
$("misbehave-toggle").addEventListener("click", () => toggleMisbehave($("misbehave").hidden));
$("shortcuts").addEventListener("click", globalShortcuts);
$("composer").addEventListener("submit", (event) => { event.preventDefault(); send(); });
box().addEventListener("input", () => { drawSuggestions(); grow(); });
box().addEventListener("blur", () => { $("suggestions").hidden = true; });
box().addEventListener("keydown", (event) => {
  const open = !$("suggestions").hidden;
  if (open && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
    event.preventDefault();
    moveChoice(event.key === "ArrowDown" ? 1 : -1);
  } else if (open && (event.key === "Tab" || (event.key === "Enter" && choices[choice].put.trim() !== box().value.trim()))) {
    event.preventDefault();
    take(choice);
  } else if (open && event.key === "Escape") {
    $("suggestions").hidden = true;
  } else if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    send();
  }
});

begin();
