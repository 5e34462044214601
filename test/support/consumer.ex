defmodule Linx.Test.Consumer do
  @moduledoc false
  # Projects that depend on this one.

  @identity ~w(-c user.name=linx -c user.email=linx@localhost -c commit.gpgsign=false)

  @doc """
  Makes a git repository of this work tree, uncommitted changes included.
  """
  def repository!(dir) do
    File.mkdir_p!(dir)

    for entry <- File.ls!("."), entry not in ~w(.git _build target deps doc cover) do
      File.cp_r!(entry, Path.join(dir, entry))
    end

    git!(dir, ~w(init --quiet --initial-branch=main))
    commit!(dir)
  end

  @doc "Commits all changes in a repository."
  def commit!(dir) do
    git!(dir, ~w(add --all))
    git!(dir, @identity ++ ~w(commit --quiet --message change))
  end

  @doc """
  Makes a Mix project with one dependency, given as source code.
  """
  def project!(dir, dependency) do
    File.mkdir_p!(Path.join(dir, "lib"))

    File.write!(Path.join(dir, "mix.exs"), """
    defmodule Consumer.MixProject do
      use Mix.Project

      def project, do: [app: :consumer, version: "1.0.0", deps: [#{dependency}]]
      def application, do: []
    end
    """)

    File.write!(Path.join(dir, "lib/consumer.ex"), """
    defmodule Consumer do
      def main do
        {:ok, sock} = Linx.Netlink.Rtnl.open()
        {:ok, links} = Linx.Netlink.Rtnl.Link.list(sock)
        IO.puts("links: " <> Enum.map_join(Enum.sort_by(links, & &1.name), " ", & &1.name))
      end
    end
    """)

    dir
  end

  @doc """
  The line that `Consumer.main/0` must print, from sysfs.
  """
  def links do
    names = for name <- File.ls!("/sys/class/net"), File.dir?("/sys/class/net/" <> name), do: name
    "links: " <> Enum.join(Enum.sort(names), " ")
  end

  @doc """
  Runs `mix` in a project, for production: `{output, status}`.
  """
  def mix(dir, args, env \\ []) do
    clean =
      for {name, _} <- System.get_env(), name =~ ~r/^(MIX|LINX|CARGO_BUILD)_/, do: {name, nil}

    env = clean ++ [{"MIX_ENV", "prod"} | env]
    System.cmd("mix", args, cd: dir, env: env, stderr_to_stdout: true)
  end

  @doc "Runs `mix` in a project, for production; returns the output, and raises on failure."
  def mix!(dir, args, env \\ []) do
    case mix(dir, args, env) do
      {output, 0} -> output
      {output, status} -> raise "mix #{Enum.join(args, " ")} ended with #{status}: #{output}"
    end
  end

  @doc """
  A PATH with all programs of the current one except cargo, and with `scripts`.

  `scripts` maps names of programs to shell code. The PATH has a cargo if `"cargo"` is one of them.
  """
  def path!(dir, scripts \\ %{}) do
    dirs = for path <- String.split(System.get_env("PATH"), ":"), File.dir?(path), do: path

    for path <- Enum.reverse(dirs), name <- File.ls!(path), name != "cargo" do
      link = Path.join(dir, name)
      File.mkdir_p!(dir)
      _ = File.rm(link)
      File.ln_s!(Path.join(path, name), link)
    end

    for {name, code} <- scripts do
      File.write!(Path.join(dir, name), "#!/bin/sh\n" <> code)
      File.chmod!(Path.join(dir, name), 0o755)
    end

    dir
  end

  defp git!(dir, args) do
    {_, 0} = System.cmd("git", args, cd: dir, stderr_to_stdout: true)
    :ok
  end
end
