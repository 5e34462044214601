defmodule Linx.Netlink.Spec do
  @moduledoc """
  Modules of a family, written from the kernel's specification of it.

  Kernel side: `Documentation/netlink/specs` of the kernel's source, and
  `Documentation/userspace-api/netlink/specs.rst`, which describes the format.

      {:ok, family} = Linx.Netlink.Spec.load("specs/net_shaper.yaml")
      {:ok, sock} = Linx.Netlink.Generic.open()
      query = struct(Module.concat(family, NetShaper), ifindex: 3)
      {:ok, shapers} = Linx.Netlink.Generic.dump(sock, family, :get, query)

  `mix linx.gen.family` writes the same modules to files. A program `linx_spec` reads the YAML; cargo
  builds it at its first use.

  ## The modules

  A specification becomes

    * the family's module, with `use Linx.Netlink.Generic.Family`; of a protocol other than generic netlink
      a module with `protocol/0`, `messages/0`, `notifications/0` and `groups/0`;
    * a codec module for each attribute set and each struct;
    * a module `Names` with the names of enums and flags, and constants;
    * a table for each sub-message.

  | specification | codec |
  |---|---|
  | `u8` … `s64`, `byte-order: big-endian` | `:u8` … `:s64`, `:be16` … |
  | `uint`, `sint`, `flag`, `string`, `bitfield32` | `:uint`, `:sint`, `:flag`, `:string`, `:bitfield32` |
  | `enum`, with `flags` or `enum-as-flags` | `{:enum, …}`, `{:flags, …}`; the plain integer where a value does not fit it |
  | `binary` | `:binary`; with `exact-len` `{:binary, size}`, with `struct` its module, with `sub-type` `{:packed, …}` |
  | `display-hint` `ipv4`, `ipv6`, `ipv4-or-v6` | `Linx.IP`, of a `binary` and of a `u32` in network order |
  | `display-hint: mac` | `Linx.MAC` of 6 bytes, else `Linx.LinkAddress` |
  | `nest` | `{:nested, …}`; of a set that has a header as a message `{:attributes, …}` |
  | `nest-type-value` | `{:indexed, …}`, once for each number |
  | `indexed-array` | `{:array, …}`; with the option `:indexed` `{:indexed, …}` |
  | `multi-attr` | `{:repeated, …}` |
  | `sub-message` | `{:dispatch, …}` |
  | `unused`, `pad` | nothing |

  In structs, which have fixed widths, addresses are binaries and integers, and the members of a struct
  within a struct are fields with its name in front. What the kernel checks is in the description of a row.
  """

  alias __MODULE__.{Document, Error, Plan, Source, Text, Tool}

  @type option :: {:module | :prefix, module() | String.t()} | {:indexed, [String.t()] | :all}

  @doc """
  The modules of a specification as sources: names of modules, and the text of each.

  Options:

    * `:module` - name of the family's module; the prefix and the name of the family if not given;
    * `:prefix` - prefix of that name, "Linx.Spec" if not given;
    * `:indexed` - names of indexed arrays, `"SET/ATTRIBUTE"`, whose elements keep their numbers, or
      `:all`.

  Errors: `Linx.Netlink.Spec.Error` with file, line and reason.
  """
  @spec sources(Path.t(), [option()]) ::
          {:ok, [{module :: String.t(), source :: String.t()}]} | {:error, Error.t()}
  def sources(file, opts \\ []) do
    opts = Keyword.validate!(opts, [:module, prefix: "Linx.Spec", indexed: []])
    document = Document.of(Tool.read!(file), file)
    root = root(opts[:module] || "#{opts[:prefix]}.#{Text.module(document.name)}")
    {:ok, Source.all(Plan.of(document, root, opts[:indexed]))}
  rescue
    error in Error -> {:error, %{error | file: file}}
  end

  defp root(module) do
    name = module |> to_string() |> String.trim_leading("Elixir.")

    unless name =~ ~r/\A[A-Z]\w*(\.[A-Z]\w*)*\z/,
      do: Error.fail!(0, "not the name of a module: #{name}")

    name
  end

  @doc """
  Compiles the modules of a specification into the running system, and returns the family's module.

  Options and errors are those of `sources/2`. Modules of the same names are replaced.
  """
  @spec load(Path.t(), [option()]) :: {:ok, module()} | {:error, Error.t()}
  def load(file, opts \\ []) do
    with {:ok, sources} <- sources(file, opts) do
      modules = for {name, source} <- sources, do: compile(name, source)
      {:ok, List.last(modules)}
    end
  end

  defp compile(name, source) do
    module = Module.concat([name])
    :code.purge(module)
    :code.delete(module)
    [{^module, _}] = Code.compile_string(source, name)
    module
  end
end
