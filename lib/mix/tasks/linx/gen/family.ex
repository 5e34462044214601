defmodule Mix.Tasks.Linx.Gen.Family do
  @shortdoc "Writes the modules of a netlink family from the kernel's specification"

  @moduledoc """
  Writes the modules of a family from the kernel's specification of it.

      mix linx.gen.family linux/Documentation/netlink/specs/net_shaper.yaml
      mix linx.gen.family net_shaper.yaml --module MyApp.Shaper --out lib
      mix linx.gen.family rt-route.yaml --prefix MyApp.Netlink
      mix linx.gen.family nl80211.yaml --indexed nl80211-attrs/supported-commands,band-attrs/freqs

  The specifications are in the kernel's source, in `Documentation/netlink/specs`. What becomes of them is in
  `Linx.Netlink.Spec`. `lib/my_app/shaper.ex` declares the family, and each file in `lib/my_app/shaper/`
  one attribute set, struct or table:

      {:ok, sock} = Linx.Netlink.Generic.open()
      Linx.Netlink.Generic.dump(sock, MyApp.Shaper, :get, %MyApp.Shaper.NetShaper{ifindex: 3})

  The files are formatted; with `import_deps: [:linx]` in `.formatter.exs`, `mix format` leaves them
  as they are. The task needs Rust, with which it builds the program that reads YAML; the compilation
  of the library does not build it.

  ## Options

    * `--module NAME` - name of the family's module; else the prefix and the name of the family;
    * `--prefix NAME` - prefix of that name; the name of the application if not given;
    * `--out DIR` - folder of the files, `lib` if not given;
    * `--indexed SET/ATTRIBUTE,…` - indexed arrays whose elements keep their numbers, as
      `[{number, value}]`, or `all`;
    * `--force` - replaces files of other contents;
    * `--print` - prints the sources and writes nothing.

  Nothing is written if the specification has a mistake, which is reported with its line, or if a file
  of another content exists.
  """

  use Mix.Task

  alias Linx.Netlink.Spec

  @switches [
    module: :string,
    prefix: :string,
    out: :string,
    indexed: :string,
    force: :boolean,
    print: :boolean
  ]

  @impl true
  def run(args) do
    case OptionParser.parse(args, strict: @switches) do
      {opts, [file], []} -> write(file, Keyword.merge(defaults(), opts))
      {_, _, [{option, _} | _]} -> Mix.raise("unknown option #{option}\n\n#{usage()}")
      _ -> Mix.raise(usage())
    end
  end

  defp usage,
    do: "usage: mix linx.gen.family SPEC.yaml [--module NAME] [--prefix NAME] [--out DIR]"

  defp defaults do
    app = Keyword.get(Mix.Project.config(), :app, :linx)
    [prefix: Macro.camelize(Atom.to_string(app)), out: "lib", force: false, print: false]
  end

  defp write(file, opts) do
    Mix.Task.run("loadpaths")

    case Spec.sources(file, spec_options(opts)) do
      {:ok, sources} ->
        if opts[:print],
          do: print(sources),
          else: create(files(sources, opts[:out]), opts[:force])

      {:error, error} ->
        Mix.raise(Exception.message(error))
    end
  end

  defp spec_options(opts) do
    module = if opts[:module], do: [module: opts[:module]], else: [prefix: opts[:prefix]]

    case opts[:indexed] do
      nil -> module
      "all" -> [indexed: :all] ++ module
      names -> [indexed: String.split(names, ",", trim: true)] ++ module
    end
  end

  defp print(sources), do: Mix.shell().info(Enum.map_join(sources, "\n", &elem(&1, 1)))

  defp files(sources, out) do
    for {module, source} <- sources,
        do: {Path.join(out, Macro.underscore(module) <> ".ex"), source}
  end

  defp create(files, force) do
    changed = for {path, source} <- files, File.read(path) != {:ok, source}, do: {path, source}

    with [_ | _] = others <- for({path, _} <- changed, File.exists?(path), do: path),
         false <- force,
         do: Mix.raise("files of other contents exist, --force replaces them: #{inspect(others)}")

    for {path, source} <- changed do
      File.mkdir_p!(Path.dirname(path))
      File.write!(path, source)
      Mix.shell().info([:green, "* writing ", :reset, path])
    end

    if changed == [], do: Mix.shell().info("nothing to write: all files are current")
    :ok
  end
end
