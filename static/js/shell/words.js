// What people read, in their language: the server's JavaScript catalogue is loaded before the modules.
export const gettext = (text) => window.django?.gettext(text) ?? text;

export const ngettext = (one, many, count) => window.django?.ngettext(one, many, count) ?? (count === 1 ? one : many);

/** Puts `values` in for the `%(name)s` of a text. */
export const fill = (text, values) => text.replace(/%\((\w+)\)s/g, (_, name) => values[name]);
