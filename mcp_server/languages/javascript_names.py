"""Which names does JavaScript define itself?

Globals of the language, of browsers and of Node, and members of the language's own types (ECMAScript 2025, the DOM
and Node's documentation).
"""

_GLOBALS = """
AbortController AbortSignal AggregateError Array ArrayBuffer ArrayLike AsyncGenerator AsyncIterable
AsyncIterableIterator AsyncIterator Atomics Awaited BigInt BigInt64Array BigUint64Array Blob Boolean Buffer Capitalize
ClassDecorator CompressionStream ConcatArray ConstructorParameters CustomEvent DataView Date DOMException DOMParser
Document Element Error ErrorConstructor EvalError Event EventSource EventTarget Exclude Extract File FileReader
FinalizationRegistry Float32Array Float64Array FormData Function FunctionConstructor Generator GeneratorFunction
HTMLElement Headers Image Infinity InstanceType Int16Array Int32Array Int8Array IntersectionObserver Intl Iterable
IterableIterator Iterator JSON KeyboardEvent Lowercase Map Math MessageChannel MessageEvent MouseEvent
MutationObserver NaN Node NodeJS NodeList NoInfer NonNullable Notification Number NumberConstructor Object
ObjectConstructor Omit OmitThisParameter Parameters Partial Performance Pick PromiseLike Promise PromiseConstructor
PropertyDescriptor PropertyKey Proxy RangeError ReadableStream Readonly ReadonlyArray ReadonlyMap ReadonlySet Record
ReferenceError Reflect RegExp RegExpExecArray RegExpMatchArray Request Required ResizeObserver Response ReturnType Set
SharedArrayBuffer String StringConstructor SuppressedError Symbol SymbolConstructor SyntaxError TemplateStringsArray
TextDecoder TextEncoder ThisParameterType ThisType TypeError TypedPropertyDescriptor URIError URL URLSearchParams
Uint16Array Uint32Array Uint8Array Uint8ClampedArray Uncapitalize Uppercase WeakMap WeakRef WeakSet WebAssembly
WebSocket Window Worker WritableStream XMLHttpRequest __dirname __filename addEventListener alert arguments atob btoa
cancelAnimationFrame clearImmediate clearInterval clearTimeout confirm console crypto customElements decodeURI
decodeURIComponent define describe document encodeURI encodeURIComponent escape eval exports expect fetch global
globalThis history import isFinite isNaN it localStorage location matchMedia module navigator parseFloat parseInt
performance process prompt queueMicrotask removeEventListener require requestAnimationFrame self sessionStorage
setImmediate setInterval setTimeout structuredClone undefined unescape window
"""

_MEMBERS = """
abort add addEventListener all allSettled any append appendChild apply apply assign at bind blur buffer byteLength
call catch ceil charAt charCodeAt clear click clone close closest codePointAt concat contains copyWithin create
createElement data defineProperties defineProperty delete description destroy difference dispatchEvent done emit end
endsWith entries error every exec fill filter finally find findIndex findLast findLastIndex flat flatMap flags floor
focus forEach format freeze from fromEntries get getAttribute getElementById getPrototypeOf getTime groupBy has hasOwn
hasOwnProperty includes indexOf info insertBefore intersection isArray isInteger isPrototypeOf join keys lastIndexOf
length localeCompare log map match matchAll max message min name next normalize now observe of on once open parse
padEnd padStart pipe pop postMessage preventDefault prototype push querySelector querySelectorAll race raw read reduce
reduceRight reject remove removeAttribute removeChild removeEventListener removeListener repeat replace replaceAll
resolve return reverse round search send set setAttribute shift size slice some sort splice split startsWith
stopPropagation stringify subarray substr substring test then throw toFixed toISOString toJSON toLocaleLowerCase
toLocaleString toLocaleUpperCase toLowerCase toPrecision toReversed toSorted toSpliced toString toUpperCase trim
trimEnd trimStart union unref unshift value valueOf values warn with write
"""

BUILTINS = frozenset(_GLOBALS.split())
BUILTIN_MEMBERS = frozenset(_MEMBERS.split())
# Objects whose members are the globals.
GLOBAL_OBJECTS = frozenset({"globalThis", "window", "global", "self"})
