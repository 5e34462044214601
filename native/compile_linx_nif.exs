defmodule Mix.Tasks.Compile.LinxNif do
  @moduledoc false

  # Builds the NIF with cargo and installs it under the application's folder in the build path,
  # where `mix release` finds it and where no two builds meet. It runs on every `mix compile`:
  # cargo itself knows best whether there is anything to do, and says so in a tenth of a second.
  #
  #   LINX_NIF            a library that is built already: installed as it is, without cargo
  #   CARGO_TARGET_DIR    where cargo works; else `_build/cargo`, for all environments
  #   CARGO_BUILD_TARGET  the triple to build for, when that is not this machine

  use Mix.Task.Compiler

  @crate "linx_nif"
  @root Path.expand("..", __DIR__)

  @impl true
  def run(_args) do
    case env("LINX_NIF") do
      nil -> install(build())
      library -> install(Path.expand(library))
    end
  end

  @impl true
  def clean, do: File.rm_rf!(Path.dirname(installed()))

  defp build do
    cargo = System.find_executable("cargo") || Mix.raise(no_cargo())
    unless File.exists?(installed()), do: Mix.shell().info("Compiling #{@crate} with cargo")

    args = ~w(build --release --locked --quiet --package #{@crate} --target-dir) ++ [target_dir()]
    opts = [cd: @root, into: IO.stream(:stdio, :line), stderr_to_stdout: true]

    case System.cmd(cargo, args, opts) do
      {_, 0} -> Path.join([target_dir(), triple(), "release", "lib#{@crate}.so"])
      {_, status} -> Mix.raise(failed(cargo, status))
    end
  end

  # A library must not be written in place: a VM may have it mapped, and would crash.
  defp install(library) do
    case File.read(library) do
      {:ok, bytes} ->
        if File.read(installed()) == {:ok, bytes} do
          {:noop, []}
        else
          new = installed() <> ".#{System.pid()}"
          File.mkdir_p!(Path.dirname(new))
          File.write!(new, bytes)
          File.rename!(new, installed())
          {:ok, []}
        end

      {:error, reason} ->
        Mix.raise("linx: cannot read the NIF library #{library}: #{:file.format_error(reason)}")
    end
  end

  defp installed, do: Path.join(Mix.Project.app_path(), "priv/native/#{@crate}.so")

  # Beside the environments' build paths, so that they share it; inside a build path that
  # MIX_BUILD_PATH names, since what lies around that one is none of ours.
  #
  # Each copy of the sources has a folder of its own in there. Cargo tells two copies of a workspace
  # apart by the age of their files alone, and would hand one the library of the other.
  defp target_dir do
    default = if env("MIX_BUILD_PATH"), do: "cargo", else: "../cargo"

    dir =
      Path.expand(env("CARGO_TARGET_DIR") || Path.join(Mix.Project.build_path(), default), @root)

    Path.join(dir, "#{@crate}-#{Integer.to_string(:erlang.phash2(@root, 0x1_0000_0000), 36)}")
  end

  # Cargo names the output folder after the triple, or after the file that describes the target.
  defp triple, do: Path.basename(env("CARGO_BUILD_TARGET") || "", ".json")

  defp no_cargo do
    "linx: cargo was not found on PATH. Its native part is built with Rust #{needed()} or newer: " <>
      "install it (https://rustup.rs), or set LINX_NIF to a lib#{@crate}.so that is built already."
  end

  defp failed(cargo, status) do
    found = found(cargo)

    if found && Version.compare(found, needed() <> ".0") == :lt do
      "linx: its native part needs Rust #{needed()} or newer, but #{cargo} is version #{found}. " <>
        "Update it, or set LINX_NIF to a lib#{@crate}.so that is built already."
    else
      "linx: cargo could not build #{@crate} (exit status #{status}); its output is above."
    end
  end

  defp found(cargo) do
    with {text, 0} <- System.cmd(cargo, ["--version"], cd: @root, stderr_to_stdout: true),
         [_, version] <- Regex.run(~r/cargo (\d+\.\d+\.\d+)/, text) do
      version
    else
      _ -> nil
    end
  end

  defp needed do
    manifest = File.read!(Path.join(@root, "Cargo.toml"))
    [_, version] = Regex.run(~r/^rust-version = "(\d+\.\d+)"$/m, manifest)
    version
  end

  defp env(name) do
    case System.get_env(name) do
      empty when empty in [nil, ""] -> nil
      value -> value
    end
  end
end
