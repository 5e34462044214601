defmodule Linx.ImportList do
  @moduledoc false
  # Leaves `to_string/1` of a module out of a plain `import` of that module.
  #
  # `import` takes every function that `__info__(:functions)` of the module lists. With
  # `to_string/1` imported from two modules, `Kernel` and this one, each call without a module is a
  # compile error. The language leaves out names with a leading underscore only.
  #
  # The compiler writes the list into `__info__/1`. The option `core_transform` of Erlang's compiler
  # shortens it in Core Erlang. The function stays exported and documented, and
  # `import Linx.IP, only: [to_string: 1]` is an error.
  #
  # `docs/decisions/0009` has the alternatives.

  @hidden [to_string: 1]

  defmacro __using__(_opts) do
    quote do
      @compile {:core_transform, Linx.ImportList}
      import Kernel, except: [to_string: 1]
    end
  end

  @doc false
  @spec core_transform(:cerl.c_module(), list()) :: :cerl.c_module()
  def core_transform(module, _options) do
    defs =
      for {name, function} <- :cerl.module_defs(module) do
        if :cerl.var_name(name) == {:__info__, 1},
          do: {name, :cerl_trees.map(&shorten/1, function)},
          else: {name, function}
      end

    :cerl.update_c_module(
      module,
      :cerl.module_name(module),
      :cerl.module_exports(module),
      :cerl.module_attrs(module),
      defs
    )
  end

  defp shorten(node) do
    with true <- :cerl.is_literal(node),
         [{_, _} | _] = functions <- :cerl.concrete(node) do
      :cerl.ann_abstract(:cerl.get_ann(node), functions -- @hidden)
    else
      _ -> node
    end
  end
end
