// Where links and images may lead. chat/markdown/ is the other port.

const HAS_SCHEME = /^[^/?#]*:/;
const CAN_BE_FOLLOWED = /^(?:https?:\/\/|mailto:)/i;
const HOST = /^https?:\/\/(?:[^/?#]*@)?([^/?#@]*)/i;

export function isAddress(url) {
  return !HAS_SCHEME.test(url) || CAN_BE_FOLLOWED.test(url);
}

/** Links open elsewhere and tell nobody whence; what leads nowhere is text; images become links. */
export function links({ tokens, Token }) {
  for (const token of tokens) {
    if (token.type === "inline") token.children = [...linked(token.children, Token)];
  }
}

function* linked(tokens, Token) {
  const closing = [];
  for (const token of tokens) {
    if (token.type === "link_open") {
      open(token);
      closing.push(token.tag);
    } else if (token.type === "link_close") {
      token.tag = closing.pop();
    }
    if (token.type === "image") yield* image(token, closing.length > 0, Token);
    else yield token;
  }
}

function open(link) {
  const href = link.attrGet("href");
  const others = link.attrs.filter(([name]) => name !== "href" && name !== "title");
  const title = link.attrs.filter(([name]) => name === "title");
  if (CAN_BE_FOLLOWED.test(href)) {
    const going = [["rel", "noopener noreferrer nofollow"], ["target", "_blank"]];
    link.attrs = [...others, ["href", href], ...going, ...title];
  } else {
    link.tag = "span";
    link.attrs = [...others, ["title", href]];
  }
}

/** The words of an image and its host, as a link where no link is around it. */
function* image(token, isInside, Token) {
  const src = token.attrGet("src");
  const host = HOST.exec(src)?.[1];
  const link = make(Token, "a", [["class", "image"], ["href", src]]);
  if (!isInside) {
    open(link);
    yield link;
  }
  yield text(Token, words(token.children));
  if (host !== undefined) {
    yield make(Token, "span", [["class", "host"]]);
    yield text(Token, host);
    yield new Token("span_close", "span", -1);
  }
  if (!isInside) yield new Token("link_close", link.tag, -1);
}

/** What an image is called, without its markup. */
function words(tokens) {
  return tokens.map((token) => {
    if (token.children?.length) return words(token.children);
    return token.type.endsWith("break") ? "\n" : token.content;
  }).join("");
}

function make(Token, tag, attrs) {
  const token = new Token(`${tag}_open`, tag, 1);
  token.attrs = attrs;
  return token;
}

function text(Token, content) {
  const token = new Token("text", "", 0);
  token.content = content;
  return token;
}
