defmodule Linx.WordsTest do
  # Words that docs/STYLE.md excludes, in the sources and documents of the repository: those of
  # persons for code, and indefinite ones in place of a term.
  use ExUnit.Case, async: true

  @words ["who", "whoever", "whom", "somebody", "nobody", "tells", "told", "anew", "as good as"]

  @files [
    "{lib,test,bench,examples}/**/*.{ex,exs}",
    "{native,bench}/**/{src,tests,examples}/**/*.rs",
    "{README,CHANGELOG}.md",
    "docs/**/*.md"
  ]

  # The files that list the words.
  @listing ["docs/STYLE.md", "test/linx/words_test.exs"]

  test "sources and documents use the field's terms" do
    found =
      for pattern <- @files,
          file <- Path.wildcard(pattern),
          file not in @listing,
          {line, number} <- numbered(file),
          word <- words(line),
          do: "#{file}:#{number}: #{word}"

    assert found == []
  end

  # Merges of the changelog leave such entries.
  test "no two entries of the changelog begin alike" do
    sections = String.split(File.read!("CHANGELOG.md"), ~r/^##+ .*$/m)

    for section <- sections do
      beginnings = for [entry] <- Regex.scan(~r/^- .{55}/m, section), do: entry
      assert beginnings -- Enum.uniq(beginnings) == []
    end
  end

  test "words are found as whole words, in upper and lower case" do
    assert words("Nobody is told, as good as") == ["Nobody", "told", "as good as"]
    assert words("the whole of it") == []
  end

  defp numbered(file), do: file |> File.read!() |> String.split("\n") |> Enum.with_index(1)

  defp words(line) do
    ~r/\b(?:#{Enum.join(@words, "|")})\b/i |> Regex.scan(line) |> Enum.map(&hd/1)
  end
end
