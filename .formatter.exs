# The vocabulary of `codec` blocks and of declared families, which read best without parentheses.
rows = [
  attr: 3,
  attr: 4,
  attr: 5,
  field: 2,
  field: 3,
  field: 4,
  pad: 1,
  embed: 2,
  embed: 3,
  header: 1,
  header: 2,
  header: 3,
  include: 1,
  group: 2,
  group: 3,
  unknown: 1,
  unknown: 2,
  table: 1,
  command: 3,
  command: 4,
  event: 3
]

[
  inputs: ["{mix,.formatter}.exs", "native/*.exs", "{lib,test,examples,bench}/**/*.{ex,exs}"],
  # `topic` is of Linx.Netlink.Generic.Ethtool alone.
  locals_without_parens: [topic: 3] ++ rows,
  export: [locals_without_parens: rows]
]
