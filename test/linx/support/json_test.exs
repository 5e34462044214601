defmodule Linx.Support.JSONTest do
  use ExUnit.Case, async: true

  alias Linx.Test.JSON

  test "reads every type of value" do
    text = ~S"""
     {"a": [1, -2.5, 1e3, 0], "b": {"c": null, "": true}, "d": false, "e": [], "f": {} ,
      "g": "q\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00é"}
    """

    assert JSON.decode!(text) == %{
             "a" => [1, -2.5, 1000.0, 0],
             "b" => %{"c" => nil, "" => true},
             "d" => false,
             "e" => [],
             "f" => %{},
             "g" => "q\"\\/\b\f\n\r\té😀é"
           }
  end

  test "raises for any other text" do
    for text <- [
          "",
          "[1,]",
          "{\"a\"}",
          "{a: 1}",
          "[1] 2",
          "nul",
          "\"a",
          "\"\n\"",
          "[1",
          "'a'",
          "+1"
        ] do
      assert catch_error(JSON.decode!(text))
    end
  end
end
