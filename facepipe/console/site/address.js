// The address of a view: #/VIEW/ARGUMENT.

/** @param {string} hash @returns {{view: string, argument: string}} */
export function readAddress(hash) {
  const [, view = "", ...rest] = hash.split("/");
  const argument = rest.join("/");
  try {
    return { view, argument: decodeURIComponent(argument) };
  } catch {
    return { view, argument }; // a lone %, which somebody has typed
  }
}

/** @param {string} view @param {string} [argument] @returns {string} */
export function addressOf(view, argument = "") {
  return argument ? `#/${view}/${encodeURIComponent(argument)}` : `#/${view}`;
}
