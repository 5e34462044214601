# The vocabulary of `codec` blocks, which read best without parentheses.
codec = [attr: 3, attr: 4, field: 2, field: 3, pad: 1, group: 2, unknown: 1]

[
  inputs: ["{mix,.formatter}.exs", "native/*.exs", "{lib,test,examples,bench}/**/*.{ex,exs}"],
  locals_without_parens: codec,
  export: [locals_without_parens: codec]
]
