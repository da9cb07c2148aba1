// The grammars of programming languages: common ones come with highlight.js itself, others when a reply first has one.

const KEPT = {
  apache: () => import("../../vendor/highlight.js/es/languages/apache.min.js"),
  arduino: () => import("../../vendor/highlight.js/es/languages/arduino.min.js"),
  clojure: () => import("../../vendor/highlight.js/es/languages/clojure.min.js"),
  cmake: () => import("../../vendor/highlight.js/es/languages/cmake.min.js"),
  dart: () => import("../../vendor/highlight.js/es/languages/dart.min.js"),
  delphi: () => import("../../vendor/highlight.js/es/languages/delphi.min.js"),
  django: () => import("../../vendor/highlight.js/es/languages/django.min.js"),
  dockerfile: () => import("../../vendor/highlight.js/es/languages/dockerfile.min.js"),
  dos: () => import("../../vendor/highlight.js/es/languages/dos.min.js"),
  elixir: () => import("../../vendor/highlight.js/es/languages/elixir.min.js"),
  elm: () => import("../../vendor/highlight.js/es/languages/elm.min.js"),
  erlang: () => import("../../vendor/highlight.js/es/languages/erlang.min.js"),
  fortran: () => import("../../vendor/highlight.js/es/languages/fortran.min.js"),
  fsharp: () => import("../../vendor/highlight.js/es/languages/fsharp.min.js"),
  glsl: () => import("../../vendor/highlight.js/es/languages/glsl.min.js"),
  gradle: () => import("../../vendor/highlight.js/es/languages/gradle.min.js"),
  groovy: () => import("../../vendor/highlight.js/es/languages/groovy.min.js"),
  haskell: () => import("../../vendor/highlight.js/es/languages/haskell.min.js"),
  http: () => import("../../vendor/highlight.js/es/languages/http.min.js"),
  julia: () => import("../../vendor/highlight.js/es/languages/julia.min.js"),
  latex: () => import("../../vendor/highlight.js/es/languages/latex.min.js"),
  lisp: () => import("../../vendor/highlight.js/es/languages/lisp.min.js"),
  llvm: () => import("../../vendor/highlight.js/es/languages/llvm.min.js"),
  matlab: () => import("../../vendor/highlight.js/es/languages/matlab.min.js"),
  nginx: () => import("../../vendor/highlight.js/es/languages/nginx.min.js"),
  nim: () => import("../../vendor/highlight.js/es/languages/nim.min.js"),
  nix: () => import("../../vendor/highlight.js/es/languages/nix.min.js"),
  ocaml: () => import("../../vendor/highlight.js/es/languages/ocaml.min.js"),
  powershell: () => import("../../vendor/highlight.js/es/languages/powershell.min.js"),
  prolog: () => import("../../vendor/highlight.js/es/languages/prolog.min.js"),
  protobuf: () => import("../../vendor/highlight.js/es/languages/protobuf.min.js"),
  scala: () => import("../../vendor/highlight.js/es/languages/scala.min.js"),
  scheme: () => import("../../vendor/highlight.js/es/languages/scheme.min.js"),
  tcl: () => import("../../vendor/highlight.js/es/languages/tcl.min.js"),
  twig: () => import("../../vendor/highlight.js/es/languages/twig.min.js"),
  verilog: () => import("../../vendor/highlight.js/es/languages/verilog.min.js"),
  vhdl: () => import("../../vendor/highlight.js/es/languages/vhdl.min.js"),
  vim: () => import("../../vendor/highlight.js/es/languages/vim.min.js"),
  x86asm: () => import("../../vendor/highlight.js/es/languages/x86asm.min.js"),
};
const ALSO_CALLED = {
  apacheconf: "apache",
  asm: "x86asm",
  bat: "dos",
  clj: "clojure",
  cmd: "dos",
  docker: "dockerfile",
  ex: "elixir",
  exs: "elixir",
  erl: "erlang",
  "f#": "fsharp",
  f90: "fortran",
  fs: "fsharp",
  hs: "haskell",
  https: "http",
  jinja: "django",
  jinja2: "django",
  jl: "julia",
  ml: "ocaml",
  nginxconf: "nginx",
  pascal: "delphi",
  proto: "protobuf",
  ps: "powershell",
  ps1: "powershell",
  pwsh: "powershell",
  sv: "verilog",
  systemverilog: "verilog",
  tex: "latex",
  tk: "tcl",
};
const PLAIN = ["", "text", "txt", "plain", "plaintext", "mermaid", "none"];
const library = once(() => import("../../vendor/highlight.js/es/highlight.min.js"));
const loading = new Map();

/** highlight.js with the grammar of `name`, or nothing where there is none, or where it cannot be reached. */
export async function grammar(name) {
  if (PLAIN.includes(name)) return null;
  try {
    const { default: highlighter } = await library();
    if (!highlighter.getLanguage(name)) await learn(highlighter, name);
    return highlighter.getLanguage(name) ? highlighter : null;
  } catch {
    return null;
  }
}

async function learn(highlighter, name) {
  const known = Object.hasOwn(ALSO_CALLED, name) ? ALSO_CALLED[name] : name;
  if (!Object.hasOwn(KEPT, known)) return;
  if (!loading.has(known)) loading.set(known, KEPT[known]());
  const { default: language } = await loading.get(known);
  if (highlighter.getLanguage(known)) return;
  highlighter.registerLanguage(known, language);
  const aliases = Object.keys(ALSO_CALLED).filter((alias) => ALSO_CALLED[alias] === known);
  highlighter.registerAliases(aliases, { languageName: known });
}

function once(load) {
  let loaded;
  return () => (loaded ??= load());
}
