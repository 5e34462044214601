defmodule Linx.Test.SpecFiles do
  @moduledoc false
  # Small specifications in files of their own. The name of the family, %NAME% in them, is that of the
  # test, so that no two tests compile the same modules.

  alias Linx.Netlink.Spec

  @doc "A folder of the test, and the name of its family."
  def spec_folder(%{test: test}) do
    hash = :erlang.phash2(test)
    dir = Path.join(System.tmp_dir!(), "linx-spec-#{System.pid()}-#{hash}")
    File.mkdir_p!(dir)
    ExUnit.Callbacks.on_exit(fn -> File.rm_rf!(dir) end)
    %{dir: dir, name: "t#{hash}"}
  end

  @doc "The file of a specification."
  def spec_file(%{dir: dir, name: name}, text) do
    file = Path.join(dir, "spec.yaml")
    File.write!(file, String.replace(text, "%NAME%", name))
    file
  end

  @doc "The module of a specification, or the text of its error."
  def load(context, text, opts \\ []) do
    case context |> spec_file(text) |> Spec.load(opts) do
      {:ok, module} -> module
      {:error, error} -> Exception.message(error)
    end
  end
end
