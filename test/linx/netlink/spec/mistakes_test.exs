defmodule Linx.Netlink.Spec.MistakesTest do
  # Specifications that are wrong are errors with the line of the mistake.
  use ExUnit.Case, async: true

  import Linx.Test.SpecFiles

  alias Linx.Netlink.Spec

  setup :spec_folder

  @head """
  name: %NAME%
  protocol: genetlink-legacy
  doc: A family of tests.
  """

  test "a mistake is an error with its line", context do
    main = "attribute-sets:\n  - name: main\n    attributes:\n"
    operations = "operations: {list: []}\n"

    for {line, reason, text} <- [
          {4, "did not find expected key", @head <> "- a: [b\nc: d\n"},
          {4, "duplicated key", @head <> "doc: again\n"},
          {2, "unknown protocol: other", "name: a\nprotocol: other\n" <> operations},
          {1, "name is missing", "doc: a\n"},
          {1, "operations is missing", @head},
          {4, "attribute-sets is not a list", @head <> "attribute-sets: 3\n" <> operations},
          {7, "unknown type: u33",
           @head <> main <> "      - {name: a, type: u33}\n" <> operations},
          {7, "type is missing", @head <> main <> "      - {name: a}\n" <> operations},
          {7, "nested-attributes is missing",
           @head <> main <> "      - {name: a, type: nest}\n" <> operations},
          {7, ~s(there is no nested-attributes "b"),
           @head <> main <> "      - {name: a, type: nest, nested-attributes: b}\n" <> operations},
          {7, ~s(there is no enum "b"),
           @head <> main <> "      - {name: a, type: u8, enum: b}\n" <> operations},
          {7, ~s(there is no struct "b"),
           @head <> main <> "      - {name: a, type: binary, struct: b}\n" <> operations},
          {7, "unknown byte order: middle",
           @head <> main <> "      - {name: a, type: u8, byte-order: middle}\n" <> operations},
          {7, "value is not an integer",
           @head <> main <> "      - {name: a, type: u8, value: x}\n" <> operations},
          {8, ~s(the attribute "a" is there twice),
           @head <> main <> String.duplicate("      - {name: a, type: u8}\n", 2) <> operations},
          {5, ~s(there is no attribute set "b"),
           @head <> "attribute-sets:\n  - {name: a, subset-of: b, attributes: []}\n" <> operations},
          {5, "unknown type of a definition: list",
           @head <> "definitions:\n  - {name: a, type: list}\n" <> operations},
          {5, ~s("b" has no length),
           @head <>
             "definitions:\n  - {name: a, type: struct, members: [{name: b, type: pad}]}\n" <>
             operations},
          {5, "not a number of a bit: 64",
           @head <>
             "definitions:\n  - {name: a, type: flags, entries: [{name: b, value: 64}]}\n" <>
             operations},
          {6, ~s(there is no attribute-set "b"),
           @head <> "operations:\n  list:\n    - {name: a, doc: A., attribute-set: b, do: {}}\n"},
          {6, ~s(there is no notify "b"),
           @head <> "operations:\n  list:\n    - {name: a, doc: A., notify: b}\n"},
          {4, "unknown enum-model: other", @head <> "operations: {enum-model: other, list: []}\n"}
        ] do
      message = load(context, text)
      assert is_binary(message), "no error: #{text}"
      assert message =~ "spec.yaml:#{line}: ", message <> "\n" <> text
      assert message =~ reason
    end

    assert {:error, error} = Spec.sources(Path.join(context.dir, "none.yaml"))
    assert Exception.message(error) =~ "none.yaml: No such file"

    assert load(context, @head <> operations, module: "lower") =~
             "not the name of a module: lower"
  end
end
