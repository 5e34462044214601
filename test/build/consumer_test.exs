defmodule Linx.Build.ConsumerTest do
  # A project that depends on this one compiles with Elixir and cargo alone, runs, and can be
  # released.
  use ExUnit.Case, async: false

  import Linx.Test.Consumer

  @moduletag :build
  @moduletag timeout: 300_000

  @library "_build/prod/lib/linx/priv/native/linx_nif.so"

  setup_all do
    tmp = Path.join(System.tmp_dir!(), "linx-consumer-#{System.pid()}")
    on_exit(fn -> File.rm_rf!(tmp) end)

    repository = Path.join(tmp, "linx")
    repository!(repository)

    project = project!(Path.join(tmp, "git"), ~s({:linx, git: "file://#{repository}"}))
    env = [{"CARGO_TARGET_DIR", Path.join(tmp, "cargo")}]
    mix!(project, ["deps.get"])
    mix!(project, ["compile"], env)

    %{tmp: tmp, repository: repository, project: project, env: env}
  end

  test "a project with a git dependency reads the machine's links", %{project: project, env: env} do
    assert mix!(project, ["run", "-e", "Consumer.main()"], env) =~ links()
  end

  test "deps.get fetches the repository and no other dependency", %{project: project} do
    assert File.ls!(Path.join(project, "deps")) == ["linx"]

    assert [["linx"]] =
             Regex.scan(~r/^  "(\w+)":/m, File.read!(Path.join(project, "mix.lock")),
               capture: :all_but_first
             )
  end

  test "a build does not change the dependency's sources", %{project: project} do
    options = [cd: Path.join(project, "deps/linx")]
    {status, 0} = System.cmd("git", ~w(status --porcelain --ignored), options)
    # Mix creates the file .fetch in a fetched dependency.
    assert String.split(status, "\n", trim: true) -- ["?? .fetch"] == []
  end

  test "a second compilation rebuilds nothing", %{project: project, env: env} do
    library = Path.join(project, @library)
    before = File.stat!(library)

    assert mix!(project, ["compile"], env) == ""
    assert mix!(project, ["deps.compile", "linx"], env) =~ ~r/\A(==> \w+\n)*\z/

    assert Map.take(File.stat!(library), [:mtime, :inode]) == Map.take(before, [:mtime, :inode])
  end

  test "a release runs without sources and build", %{project: project, tmp: tmp, env: env} do
    mix!(project, ["release", "--quiet", "--overwrite", "--path", Path.join(tmp, "release")], env)
    hidden = project <> ".hidden"
    File.rename!(project, hidden)

    try do
      eval = ["eval", "Consumer.main()"]

      assert {output, 0} =
               System.cmd(Path.join(tmp, "release/bin/consumer"), eval, stderr_to_stdout: true)

      assert output =~ links()
    after
      File.rename!(hidden, project)
    end
  end

  test "deps.update compiles changes in Elixir and in Rust", context do
    %{repository: repository, project: project, env: env} = context
    refute File.read!(Path.join(project, @library)) =~ "Rust is new"

    edit!(repository, "mix.exs", &String.replace(&1, ~s(@version "0.), ~s(@version "99.)))

    edit!(
      repository,
      "native/linx_nif/src/lib.rs",
      &(&1 <> ~s(#[used]\nstatic NEW: &str = "Rust is new";\n))
    )

    commit!(repository)
    mix!(project, ["deps.update", "linx"], env)

    version = ~S|Application.load(:linx); IO.puts(Application.spec(:linx, :vsn)); Consumer.main()|
    output = mix!(project, ["run", "-e", version], env)
    assert output =~ ~r/^99\.\d/m
    assert output =~ links()
    assert File.read!(Path.join(project, @library)) =~ "Rust is new"
  end

  describe "a path dependency" do
    setup %{tmp: tmp, repository: repository} do
      dir = Path.join(tmp, "path-#{System.unique_integer([:positive])}")
      %{dir: project!(dir, ~s({:linx, path: "#{repository}"}))}
    end

    test "reads the machine's links", %{dir: dir, env: env} do
      assert mix!(dir, ["run", "-e", "Consumer.main()"], env) =~ links()
    end

    test "and a git dependency that share CARGO_TARGET_DIR have separate libraries", context do
      %{dir: dir, repository: repository, project: project, env: env} = context

      edit!(
        repository,
        "native/linx_nif/src/lib.rs",
        &(&1 <> ~s(#[used]\nstatic EDIT: &str = "Just edited";\n))
      )

      mix!(dir, ["compile"], env)
      mix!(project, ["deps.compile", "linx"], env)

      assert File.read!(Path.join(dir, @library)) =~ "Just edited"
      refute File.read!(Path.join(project, @library)) =~ "Just edited"
    end

    test "without cargo fails with an error that names cargo, its version and LINX_NIF", %{
      dir: dir,
      tmp: tmp
    } do
      path = path!(Path.join(tmp, "no-cargo"))
      assert {output, 1} = mix(dir, ["compile"], [{"PATH", path}])
      assert output =~ "cargo was not found on PATH"
      assert output =~ "Rust 1.91 or newer"
      assert output =~ "LINX_NIF"
    end

    test "uses a built library instead of cargo", %{dir: dir, tmp: tmp, project: project} do
      env = [
        {"PATH", path!(Path.join(tmp, "no-cargo"))},
        {"LINX_NIF", Path.join(project, @library)}
      ]

      assert mix!(dir, ["run", "-e", "Consumer.main()"], env) =~ links()
    end

    test "fails with the path of a built library that does not exist", %{dir: dir} do
      assert {output, 1} = mix(dir, ["compile"], [{"LINX_NIF", "/absent/linx.so"}])
      assert output =~ "cannot read the NIF library /absent/linx.so: no such file or directory"
    end

    test "with an old cargo fails with the needed and the found version", %{dir: dir, tmp: tmp} do
      cargo =
        ~S|[ "$1" = --version ] && echo "cargo 1.75.0 (1d8b05cdd 2023-11-20)" && exit; exit 101|

      path = path!(Path.join(tmp, "old-cargo"), %{"cargo" => cargo})
      assert {output, 1} = mix(dir, ["compile"], [{"PATH", path}])
      assert output =~ "needs Rust 1.91 or newer"
      assert output =~ "is version 1.75.0"
    end

    test "whose build fails ends with an error after cargo's output", %{dir: dir, tmp: tmp} do
      cargo =
        ~S|[ "$1" = --version ] && echo "cargo 1.99.0" && exit; echo "error: no linker"; exit 101|

      path = path!(Path.join(tmp, "bad-cargo"), %{"cargo" => cargo})
      assert {output, 1} = mix(dir, ["compile"], [{"PATH", path}])
      assert output =~ ~r/error: no linker.*cargo could not build linx_nif \(exit status 101\)/s
    end
  end

  defp edit!(repository, file, edit) do
    path = Path.join(repository, file)
    text = File.read!(path)
    assert edit.(text) != text
    File.write!(path, edit.(text))
  end
end
