// Slack's mrkdwn, rich_text and plain text as DOM nodes; never as HTML strings.

export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (key === "class") node.className = value;
    else if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else if (key in node && typeof value === "boolean") node[key] = value;
    else node.setAttribute(key, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return node;
}

export function unescape(text) {
  return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}

const EMOJI = {
  tada: "🎉", white_check_mark: "✅", x: "❌", warning: "⚠️", bulb: "💡", wave: "👋", pray: "🙏", eyes: "👀",
  memo: "📝", chart_with_upwards_trend: "📈", lock: "🔒", heavy_check_mark: "✔️", thumbsup: "👍", "+1": "👍",
};
const emoji = (text) => text.replace(/:([a-z0-9_+]+):/g, (all, name) => EMOJI[name] ?? all);

export function initials(name) {
  return name.split(/\s+/).map((part) => part[0]).slice(0, 2).join("").toUpperCase();
}

export function avatar(person, size = "") {
  const tint = [...(person?.id ?? "?")].reduce((sum, letter) => sum + letter.charCodeAt(0), 0) % 8;
  return el("span", { class: `avatar tint-${person?.app ? "app" : tint} ${size}`, "aria-hidden": "true" },
    person?.app ? "T" : initials(person?.name ?? "?"));
}

// context: {person(id), channel(id), locale, zone, openChannel(id)}
export function textObject(object, context) {
  if (!object) return document.createTextNode("");
  if (object.type === "mrkdwn") return mrkdwn(object.text, context);
  return lines(emoji(object.text));
}

function lines(text) {
  const part = document.createDocumentFragment();
  text.split("\n").forEach((line, index) => {
    if (index) part.append(el("br"));
    part.append(line);
  });
  return part;
}

export function mrkdwn(text, context) {
  const part = document.createDocumentFragment();
  const pieces = text.split(/```/);
  pieces.forEach((piece, index) => {
    if (index % 2 && index < pieces.length - 1) {
      part.append(el("pre", {}, unescape(piece.replace(/^\n|\n$/g, ""))));
    } else {
      paragraphs(part, index % 2 ? "```" + piece : piece, context);
    }
  });
  return part;
}

function paragraphs(part, text, context) {
  let list = null;
  let quote = null;
  let broken = false;
  const rows = text.split("\n");
  if (rows[0] === "" && part.lastChild?.nodeName === "PRE") rows.shift();
  for (const row of rows) {
    const bullet = row.match(/^\s*(?:•|-|\*)\s+(.*)$/);
    const number = row.match(/^\s*(\d+)\.\s+(.*)$/);
    const quoted = row.match(/^&gt;\s?(.*)$/) ?? row.match(/^>\s?(.*)$/);
    if (bullet || number) {
      const kind = bullet ? "UL" : "OL";
      if (list?.nodeName !== kind) {
        list = el(kind.toLowerCase(), number ? { start: number[1] } : {});
        part.append(list);
      }
      list.append(el("li", {}, inline(bullet ? bullet[1] : number[2], context)));
      quote = null;
      broken = false;
      continue;
    }
    list = null;
    if (quoted) {
      if (quote) quote.append(el("br"));
      else part.append((quote = el("blockquote")));
      quote.append(inline(quoted[1], context));
      broken = false;
      continue;
    }
    quote = null;
    if (broken) part.append(el("br"));
    part.append(inline(row, context));
    broken = true;
  }
}

const LINK = /<([^<>]*)>/;
const STYLES = [
  ["`", "code", false],
  ["*", "strong", true],
  ["_", "em", true],
  ["~", "s", true],
];

export function inline(text, context) {
  const part = document.createDocumentFragment();
  styled(part, text, context);
  return part;
}

function styled(part, text, context) {
  let best = null;
  for (const [mark, tag, nested] of STYLES) {
    const sign = mark.replace(/[*]/g, "\\*");
    const pattern = mark === "`"
      ? /`([^`]+)`/
      : new RegExp(`(?<![\\p{L}\\p{N}${sign}])${sign}(?=\\S)([^${sign}]*?\\S)${sign}(?![\\p{L}\\p{N}])`, "u");
    const match = pattern.exec(text);
    if (match && (!best || match.index < best.match.index)) best = { match, tag, nested };
  }
  const link = LINK.exec(text);
  if (link && (!best || link.index < best.match.index)) {
    part.append(unescape(emoji(text.slice(0, link.index))), special(link[1], context));
    styled(part, text.slice(link.index + link[0].length), context);
    return;
  }
  if (!best) {
    if (text) part.append(unescape(emoji(text)));
    return;
  }
  part.append(unescape(emoji(text.slice(0, best.match.index))));
  const node = el(best.tag);
  if (best.nested) styled(node, best.match[1], context);
  else node.append(unescape(best.match[1]));
  part.append(node);
  styled(part, text.slice(best.match.index + best.match[0].length), context);
}

function special(inside, context) {
  const [target, ...rest] = inside.split("|");
  const label = rest.join("|");
  if (target.startsWith("@")) return mention(target.slice(1), context);
  if (target.startsWith("#")) return channelLink(target.slice(1), label, context);
  if (target.startsWith("!date^")) return dateWords(target, label, context);
  if (target.startsWith("!")) return el("span", { class: "mention loud" }, "@" + target.slice(1).split("^")[0]);
  return link(unescape(target), unescape(label || target));
}

export function link(url, label) {
  const safe = /^(https?:|mailto:)/i.test(url);
  return safe ? el("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, label) : el("span", {}, label);
}

function mention(id, context) {
  const person = context.person(id);
  return el("span", { class: `mention ${id === context.me ? "loud" : ""}` }, "@" + (person?.name ?? id));
}

function channelLink(id, label, context) {
  const name = context.channel(id)?.name ?? label ?? id;
  return el("button", { type: "button", class: "mention", onclick: () => context.openChannel(id) }, "#" + name);
}

function dateWords(target, fallback, context) {
  const [, seconds, pattern, url] = target.split("^");
  const moment = new Date(Number(seconds) * 1000);
  if (Number.isNaN(moment.getTime()) || !pattern) return document.createTextNode(fallback);
  const show = (options) => new Intl.DateTimeFormat(context.locale ?? "en-GB", { timeZone: context.zone, ...options }).format(moment);
  const date = (month) => show({ day: "numeric", month, year: "numeric" });
  const words = {
    date_num: new Intl.DateTimeFormat("sv-SE", { timeZone: context.zone }).format(moment),
    date: date("long"), date_short: date("short"), date_pretty: date("long"), date_short_pretty: date("short"),
    date_long: show({ weekday: "long", day: "numeric", month: "long", year: "numeric" }),
    date_long_pretty: show({ weekday: "long", day: "numeric", month: "long", year: "numeric" }),
    day_divider_pretty: date("long"), ago: date("short"),
    time: show({ hour: "2-digit", minute: "2-digit" }),
    time_secs: show({ hour: "2-digit", minute: "2-digit", second: "2-digit" }),
  };
  const text = unescape(pattern).replace(/\{(\w+)\}/g, (all, name) => words[name] ?? all);
  const node = el("time", { datetime: moment.toISOString(), title: moment.toISOString() }, text);
  return url ? el("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, node) : node;
}

export function richText(block, context) {
  return el("div", { class: "rich" }, (block.elements ?? []).map((part) => richPart(part, context)));
}

function richPart(part, context) {
  const inside = () => (part.elements ?? []).map((one) => richInline(one, context));
  if (part.type === "rich_text_list") {
    const tag = part.style === "ordered" ? "ol" : "ul";
    return el(tag, { class: `indent-${part.indent ?? 0}` }, part.elements.map((item) =>
      el("li", {}, (item.elements ?? []).map((one) => richInline(one, context)))));
  }
  if (part.type === "rich_text_preformatted") return el("pre", {}, inside());
  if (part.type === "rich_text_quote") return el("blockquote", {}, inside());
  return el("div", {}, inside());
}

function richInline(one, context) {
  let node;
  if (one.type === "text") node = lines(one.text);
  else if (one.type === "link") node = link(one.url, one.text || one.url);
  else if (one.type === "user") node = mention(one.user_id, context);
  else if (one.type === "channel") node = channelLink(one.channel_id, "", context);
  else if (one.type === "emoji") node = document.createTextNode(EMOJI[one.name] ?? `:${one.name}:`);
  else if (one.type === "broadcast") node = el("span", { class: "mention loud" }, "@" + one.range);
  else if (one.type === "date") node = dateWords(`!date^${one.timestamp}^${one.format}`, one.fallback ?? "", context);
  else node = document.createTextNode(one.text ?? "");
  const style = one.style ?? {};
  for (const [key, tag] of [["code", "code"], ["bold", "strong"], ["italic", "em"], ["strike", "s"]]) {
    if (style[key]) node = el(tag, {}, node);
  }
  return node;
}
