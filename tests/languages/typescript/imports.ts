#--- path: imports.ts ---#
import "./effects";
#^ import module ./effects
import main from "./main";
#^ import module ./main:default as main
import main2, { a, b as c, default as d, type E } from "./names";
#^ import module ./names:default as main2
#^ import module ./names:a as a
#^ import module ./names:b as c
#^ import module ./names:default as d
#^ import module ./names:E as E
import * as all from "./all";
#^ import module ./all as all
import old = require("./old");
#^ import module ./old:module.exports as old
import type F from "./types";
#^ import module ./types:default as F
export * from "./everything";
#^ import module ./everything:*
export * as space from "./space";
#^ import module ./space as space
export { a as renamed, default } from "./again";
#^ import module ./again:a as renamed
#^ import module ./again:default as default
export { c as handed, main as default };
#^ assign :handed = :c
#^ assign :default = :main
const lazy = async () => await import("./lazy");
#^ import module ./lazy:module.exports as require ./lazy
export const shown = 1;
#^ assign :shown = <number>
#--- path: exported.ts ---#
function thing() {}
export = thing;
#^ assign :module.exports = :thing
#^ assign :default = :thing
