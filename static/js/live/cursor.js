// A place in the conversation's log: `epoch:offset`. Places of two epochs cannot be compared.

function split(cursor) {
  const at = cursor.lastIndexOf(":");
  return { epoch: cursor.slice(0, at), offset: Number(cursor.slice(at + 1)) };
}

export const isSameHistory = (one, other) => split(one).epoch === split(other).epoch;

/** How a frame that covers the log after `from` up to `to` stands to a text that is complete up to `shown`. */
export function standing(from, to, shown) {
  const [start, end, here] = [from, to, shown].map(split);
  if (end.epoch !== here.epoch || start.epoch !== here.epoch) return "unrelated";
  if (end.offset <= here.offset) return "old";
  return start.offset === here.offset ? "next" : "unrelated";
}

/** How it stands to a message that was fetched by itself and is complete up to `at`. Of one that reaches across, a part is in
    the message already. */
export function standingToMessage(from, to, at) {
  const [start, end, here] = [from, to, at].map(split);
  if (end.epoch !== here.epoch || start.offset >= here.offset) return "next";
  return end.offset <= here.offset ? "old" : "across";
}
