defmodule Linx.Test.Specs do
  @moduledoc false
  # The kernel's netlink specifications, where this machine has them: in the folder LINX_SPECS, or in
  # Debian's package of the kernel's source, packed or unpacked.

  @folder "Documentation/netlink/specs"

  @doc "The folder of the specifications, or `nil`."
  @spec dir() :: Path.t() | nil
  def dir do
    case System.get_env("LINX_SPECS") do
      empty when empty in [nil, ""] -> unpacked() || packed()
      dir -> Path.expand(dir)
    end
  end

  @doc "Why the tests that need them are skipped, or `false`."
  @spec missing() :: String.t() | false
  def missing do
    if dir(),
      do: false,
      else: "no netlink specifications: set LINX_SPECS or install linux-source"
  end

  @doc "The files of all specifications."
  @spec files() :: [Path.t()]
  def files, do: Path.wildcard("#{dir()}/*.yaml")

  @doc "A specification by its name, `-` and `_` being the same; `nil` where there is none."
  @spec file(String.t()) :: Path.t() | nil
  def file(name), do: Enum.find(files(), &(plain(Path.basename(&1, ".yaml")) == plain(name)))

  defp plain(name), do: String.replace(name, "-", "_")

  defp unpacked, do: List.last(Enum.sort(Path.wildcard("/usr/src/linux-source-*/#{@folder}")))

  # Unpacking takes half a minute; the files are kept in the build path.
  defp packed do
    with archive when archive != nil <-
           List.last(Enum.sort(Path.wildcard("/usr/src/linux-source-*.tar.xz"))) do
      name = Path.basename(archive, ".tar.xz")
      root = Path.join([Mix.Project.build_path(), "specs"])
      dir = Path.join([root, name, @folder])

      unless File.dir?(dir) do
        File.mkdir_p!(root)
        args = ["-C", root, "-xf", archive, "--wildcards", "#{name}/#{@folder}/*.yaml"]
        {_, 0} = System.cmd("tar", args)
      end

      dir
    end
  end
end
