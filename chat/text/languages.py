"""The programming languages that a code block may name. Any other first word is part of the code."""

LANGUAGES = frozenset(
    """
    abap ada apache apl applescript arduino arm asm assembly astro awk bash basic bat batch bibtex c c# c++ c99
    caddy caddyfile clj clojure cmake cmd cobol coffee coffeescript conf console cpp crystal cs csh csharp cson css
    csv cuda cxx cython d dart delphi diff docker dockerfile dos dot dotenv elisp elixir elm emacs env erl erlang ex
    exs f# fish forth fortran fsharp gd gdscript gherkin git gitignore glsl gnuplot go golang gql gradle graphql
    graphviz groovy h haml handlebars haskell hcl hlsl hpp hs html htmldjango http idl idris ini irc java javascript
    jinja jinja2 jl js json json5 jsonc jsonl jsonnet jsp jsx julia jupyter kotlin ksh kt kts latex less lisp llvm
    log logs lua m make makefile markdown mathematica matlab md mermaid mips mjs ml mustache mysql nasm nginx nim
    nix nohighlight none objc objective-c objectivec ocaml octave odin opencl output pascal patch perl php php5 pl
    plain plaintext plantuml plpgsql postgres postgresql powershell prolog properties proto protobuf ps ps1 pug
    puppet py py3 pycon pytb python python3 qml r racket raku rb rd reason regex rego rest rs rst ruby rust sass
    scala scheme scss sed sh shell sh-session smalltalk solidity sparql spec sql sqlite sqlite3 ssh stan stata
    svelte svg swift systemd systemverilog tcl tcsh terminal terraform tex text tf thrift toml traceback ts tsql tsv
    tsx twig txt typescript typst v vala vb vba vbnet verilog vhdl vi vim viml vue wasm wat wgsl wiki x86asm xhtml
    xml xquery xsl xslt yaml yml zig zsh
    """.split()
)
