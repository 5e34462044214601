defmodule Linx.Netlink.Spec.Tool do
  @moduledoc false
  # The program native/linx_spec, which reads YAML. It is built at its first use, with cargo, in the
  # application's folder of the build path.
  #
  #   LINX_SPEC_TOOL   the program, built already: cargo is not used

  alias Linx.Netlink.Spec.{Error, Node}

  @crate Path.expand("../../../../native/linx_spec", __DIR__)

  @doc "The document of a file."
  @spec read!(Path.t()) :: Node.t()
  def read!(file) do
    case System.cmd(program(), [file], stderr_to_stdout: true) do
      {term, 0} -> :erlang.binary_to_term(term, [:safe])
      {fault, _status} -> fault(fault)
    end
  end

  @spec fault(String.t()) :: no_return()
  defp fault(fault) do
    case Regex.run(~r/\A(\d+): (.*)/s, String.trim(fault)) do
      [_, line, text] -> Error.fail!(String.to_integer(line), text)
      nil -> Error.fail!(0, "linx_spec ended: #{fault}")
    end
  end

  defp program do
    case System.get_env("LINX_SPEC_TOOL") do
      empty when empty in [nil, ""] -> build()
      program -> program
    end
  end

  # Cargo does nothing where its output is newer than the sources.
  defp build do
    target = Path.join(Application.app_dir(:linx), "linx_spec")
    cargo = System.find_executable("cargo") || Error.fail!(0, no_cargo())
    manifest = Path.join(@crate, "Cargo.toml")

    args =
      ~w(build --release --locked --quiet --manifest-path) ++ [manifest, "--target-dir", target]

    # A triple of CARGO_BUILD_TARGET is that of the device, and the program runs here.
    case System.cmd(cargo, args, stderr_to_stdout: true, env: [{"CARGO_BUILD_TARGET", nil}]) do
      {_, 0} -> Path.join(target, "release/linx_spec")
      {output, _} -> Error.fail!(0, "cargo could not build linx_spec:\n#{output}")
    end
  end

  defp no_cargo,
    do: "cargo was not found on PATH: install Rust, or set LINX_SPEC_TOOL to a built linx_spec"
end
