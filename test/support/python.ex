defmodule Linx.Test.Python do
  @moduledoc false
  # Python's standard library, as an independent judge.

  @doc """
  Runs `script` with `lines` on its standard input and returns the lines it prints.
  """
  def lines!(script, lines) do
    dir =
      Path.join(
        System.tmp_dir!(),
        "linx-python-#{System.pid()}-#{System.unique_integer([:positive])}"
      )

    File.mkdir_p!(dir)

    try do
      File.write!(Path.join(dir, "script.py"), script)
      File.write!(Path.join(dir, "input"), Enum.join(lines, "\n"))
      {output, 0} = System.cmd("sh", ["-c", "python3 script.py < input"], cd: dir)
      String.split(output, "\n", trim: true)
    after
      File.rm_rf!(dir)
    end
  end
end
