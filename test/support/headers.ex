defmodule Linx.Test.Headers do
  @moduledoc false
  # Constants and structs of the kernel's headers, read by the C compiler. The headers are the
  # machine's, in /usr/include, or those in the folder $LINX_HEADERS with `linux`, `asm` and
  # `asm-generic`.

  @doc """
  Whether a C compiler and the headers are installed.
  """
  def available? do
    File.exists?(Path.join(folder(), "linux/netlink.h")) and compiler() != nil
  end

  @doc """
  Reads constants, and the given members of structs.

      Headers.read(["linux/if_link.h"], ["IFLA_MTU"], %{"ifla_vf_rate" => ["vf"]})
      #=> %{version: {6, 1}, values: %{"IFLA_MTU" => 4}, structs: %{"ifla_vf_rate" => {12, %{"vf" => {0, 4}}}}}

  Members are `{offset, size}`. Names that these headers do not have are left out.
  """
  def read(headers, names, structs) do
    dir =
      Path.join(
        System.tmp_dir!(),
        "linx-headers-#{System.pid()}-#{System.unique_integer([:positive])}"
      )

    File.mkdir_p!(dir)

    try do
      text = preprocessed(dir, headers)
      tokens = MapSet.new(identifiers(text))
      names = Enum.filter(names, fn name -> Enum.all?(identifiers(name), &(&1 in tokens)) end)
      compile_and_run(dir, headers, names, declared(structs, text))
    after
      File.rm_rf!(dir)
    end
  end

  defp folder, do: System.get_env("LINX_HEADERS") || "/usr/include"

  defp compiler, do: System.find_executable(System.get_env("CC") || "cc")

  # The preprocessed headers with their macros. An identifier that does not occur in them is not
  # declared, and would not compile.
  defp preprocessed(dir, headers) do
    File.write!(Path.join(dir, "all.c"), includes(headers))
    cc!(dir, ~w(-E -dD all.c))
  end

  defp identifiers(text), do: ~r/[A-Za-z_]\w*/ |> Regex.scan(text) |> Enum.map(&hd/1)

  defp declared(structs, text) do
    for {name, members} <- structs,
        [body | _] <- [Regex.run(~r/struct\s+#{name}\s*(\{(?:[^{}]|(?1))*\})/, text)],
        into: %{} do
      {name, Enum.filter(members, &(body =~ ~r/\b#{hd(String.split(&1, "."))}\b/))}
    end
  end

  defp compile_and_run(dir, headers, names, structs) do
    prints =
      for(name <- names, do: print("value #{name}", [name])) ++
        for {name, members} <- structs, member <- [nil | members] do
          print("struct #{name} #{member || "-"}", place(name, member))
        end

    File.write!(Path.join(dir, "ask.c"), """
    #{includes(headers)}
    /* Some headers use BIT, which is not defined for user space. */
    #ifndef BIT
    #define BIT(n) (1 << (n))
    #endif
    int printf(const char *, ...);
    int main(void) {
      #{print("version -", ["LINUX_VERSION_CODE >> 16", "LINUX_VERSION_CODE >> 8 & 255"])}
      #{Enum.join(prints, "\n  ")}
      return 0;
    }
    """)

    cc!(dir, ~w(-O0 -o ask ask.c))
    {output, 0} = System.cmd(Path.join(dir, "ask"), [])

    output
    |> String.split("\n", trim: true)
    |> Enum.map(&String.split/1)
    |> Enum.reduce(%{version: nil, values: %{}, structs: %{}}, &parse/2)
  end

  # The machine may lack newer headers.
  defp includes(headers) do
    Enum.map_join(["linux/version.h" | headers], fn header ->
      before(header) <> "#if __has_include(<#{header}>)\n#include <#{header}>\n#endif\n"
    end)
  end

  # It includes <netinet/in.h>, which declares again what linux/in.h has declared.
  defp before("linux/mptcp.h"), do: "#define _NETINET_IN_H 1\n"
  defp before(_header), do: ""

  defp print(label, numbers) do
    format = String.duplicate(" %lld", length(numbers))
    ~s|printf("#{label}#{format}\\n", #{Enum.map_join(numbers, ", ", &"(long long)(#{&1})")});|
  end

  defp place(struct, nil), do: ["sizeof(struct #{struct})"]

  defp place(struct, member) do
    at = "((struct #{struct} *)0)->#{member}"
    ["&#{at}", "sizeof(#{at})"]
  end

  defp parse(["version", _, major, minor], all),
    do: %{all | version: {String.to_integer(major), String.to_integer(minor)}}

  defp parse(["value", name, value], all),
    do: put_in(all.values[name], String.to_integer(value))

  defp parse(["struct", name, "-", size], all),
    do: put_in(all.structs[name], {String.to_integer(size), %{}})

  defp parse(["struct", name, member, offset, size], all) do
    place = {String.to_integer(offset), String.to_integer(size)}

    update_in(all.structs[name], fn {size, members} -> {size, Map.put(members, member, place)} end)
  end

  defp cc!(dir, args) do
    case System.cmd(compiler(), ["-w", "-I", folder() | args], cd: dir, stderr_to_stdout: true) do
      {output, 0} -> output
      {output, _} -> raise "the headers in #{folder()} do not compile: #{output}"
    end
  end
end
