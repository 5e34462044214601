Code.require_file("native/compile_linx_nif.exs", __DIR__)

defmodule Linx.MixProject do
  use Mix.Project

  @version "0.3.0"

  def project do
    [
      app: :linx,
      version: @version,
      elixir: "~> 1.14",
      description:
        "Linux netlink for Elixir: links, addresses, routes and more, with a Rust core",
      start_permanent: Mix.env() == :prod,
      elixirc_paths: elixirc_paths(Mix.env()),
      compilers: [:linx_nif | Mix.compilers()],
      test_coverage: [summary: [threshold: 0]],
      # Of Elixir 1.19: no warning of scripts that are no tests.
      test_ignore_filters: [&String.starts_with?(&1, "test/fixtures/")],
      deps: deps(Mix.env()),
      aliases: [test: &test/1],
      package: package(),
      docs: docs()
    ]
  end

  def application, do: [mod: {Linx.Application, []}, extra_applications: [:logger, :crypto]]

  def cli, do: [preferred_envs: [docs: :docs, "hex.publish": :docs]]

  defp elixirc_paths(:test), do: ["lib", "test/support"]
  defp elixirc_paths(_env), do: ["lib"]

  # Mix needs Hex for any Hex dependency, whatever its :only. So ex_doc is a dependency of the
  # environment that builds the docs, and of no other.
  defp deps(:docs), do: [{:ex_doc, "~> 0.34", only: :docs, runtime: false}]
  defp deps(_env), do: []

  # The tests of test/namespace run in a second VM, which test/isolated starts in a network
  # namespace of its own. They need no root and cannot reach the machine's links.
  defp test(args) do
    {named, options} = Enum.split_with(args, &String.starts_with?(&1, "test/"))
    files = if named == [], do: Path.wildcard("test/**/*_test.exs"), else: named
    {inside, outside} = Enum.split_with(files, &String.starts_with?(&1, "test/namespace"))

    if System.get_env("LINX_TEST_ISOLATED") do
      Mix.Task.run("test", args)
    else
      if outside != [], do: Mix.Task.run("test", options ++ outside)
      if inside != [], do: test_isolated(options ++ inside)
    end
  end

  defp test_isolated(args) do
    color = if IO.ANSI.enabled?(), do: ["--color"], else: []
    options = [into: IO.stream(:stdio, :line), env: [{"MIX_ENV", "test"}]]

    case System.cmd(Path.expand("test/isolated"), ["mix", "test"] ++ color ++ args, options) do
      {_, 0} -> :ok
      {_, status} -> System.at_exit(fn _ -> exit({:shutdown, status}) end)
    end
  end

  defp package do
    [
      licenses: ["MIT"],
      links: %{},
      files: [
        "lib",
        "native/compile_linx_nif.exs",
        "native/*/Cargo.toml",
        "native/*/src",
        "native/linx_spec/Cargo.lock",
        "Cargo.toml",
        "Cargo.lock",
        "mix.exs",
        ".formatter.exs",
        "README.md",
        "CHANGELOG.md",
        "LICENSE"
      ]
    ]
  end

  defp docs do
    [
      main: "readme",
      extras:
        ["README.md", "CHANGELOG.md", "docs/ARCHITECTURE.md", "docs/STYLE.md"] ++
          Path.wildcard("docs/guides/*.md"),
      groups_for_modules: [
        Values: [Linx.IP, Linx.IP.Subnet, Linx.MAC, Linx.LinkAddress, Linx.Sigils],
        "Wire format": ~r/^Linx\.Netlink\.(Constants|Attr|Message|Error|Codec)/,
        "Protocols and resources": ~r/^Linx\.Netlink\.(Protocol|Resource)/,
        Transport: ~r/^Linx\.Netlink\.(Socket|Request|Batch|Connection|Monitor)/,
        "Links, addresses, routes": ~r/^Linx\.Netlink\.Rtnl/,
        Netfilter: ~r/^Linx\.Netlink\.Nfnl/,
        "Generic netlink": ~r/^Linx\.Netlink\.(Generic|Spec)/
      ]
    ]
  end
end
