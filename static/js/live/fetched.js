// A piece of a page, asked for by itself.
import { parse } from "../shell/html.js";

const LONGEST = 15_000;

/** The element that the server answers with, or the status with which it refused (0: not reached). */
export async function fetched(url, selector) {
  try {
    const response = await fetch(url, {
      headers: { "HX-Request": "true" },
      // A dead network must not hold what comes after.
      signal: AbortSignal.timeout(LONGEST),
    });
    if (!response.ok) return response.status;
    return parse(await response.text()).querySelector(selector) ?? 0;
  } catch {
    return 0;
  }
}
