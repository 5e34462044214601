defmodule Linx.Netlink.Spec.Family do
  @moduledoc false
  # The first module of a specification: a family of generic netlink, or a table of the messages of
  # another protocol.

  alias Linx.Netlink.Spec.{Plan, Source, Text, Types}

  @doc "The module's name and parts."
  @spec module(Plan.t()) :: {String.t(), map()}
  def module(%{document: document} = plan) do
    {notifications, requests} = Enum.split_with(document.operations, & &1.notification)
    used = for op <- document.operations, do: message(op, plan)

    parts = %{
      doc: doc(document, requests, notifications),
      use: declaration(document),
      used: used,
      body: body(document, requests, notifications, plan)
    }

    {plan.root, parts}
  end

  defp message(op, %{document: document} = plan),
    do: Plan.message(plan, op.set, Plan.head(op, document))

  defp short(op, plan), do: op |> message(plan) |> String.split(".") |> List.last()

  # Documentation

  defp doc(document, requests, notifications) do
    kind = if document.raw, do: "Protocol", else: "Family of generic netlink"

    [
      Text.paragraphs(document.doc) || "#{kind} `#{document.name}`.",
      "Kernel side: #{String.downcase(kind)} `#{document.name}` of `include/uapi/#{document.header}`, " <>
        "written from `#{document.file}`.",
      section("Commands", requests, &command_text/1),
      section("Notifications", notifications, &notification_text/1),
      section("Groups", document.groups, &{&1.name, Text.paragraphs(&1.doc)})
    ]
    |> Enum.reject(&is_nil/1)
    |> Enum.join("\n\n")
  end

  defp section(_title, [], _text), do: nil

  defp section(title, entries, text) do
    items =
      for entry <- entries do
        {name, text} = text.(entry)
        Source.item(name, text)
      end

    String.trim_trailing("## #{title}\n\n#{items}")
  end

  defp command_text(op) do
    takes = Enum.map_join(op.takes, ", ", &"`#{Text.name(&1)}`")

    text =
      [
        Text.paragraphs(op.doc),
        privilege(op.flags),
        if(takes != "", do: "Takes #{takes}.")
      ]
      |> Enum.reject(&is_nil/1)
      |> Enum.join("\n\n")

    {name(op), text}
  end

  defp privilege(flags) do
    cond do
      "admin-perm" in flags -> "Needs `CAP_NET_ADMIN` in the initial user namespace."
      "uns-admin-perm" in flags -> "Needs `CAP_NET_ADMIN` in the namespace of the socket."
      true -> nil
    end
  end

  defp notification_text(op) do
    group = if op.group, do: "Group `#{op.group}`."

    text = Enum.reject([Text.paragraphs(op.doc), group], &is_nil/1)
    {name(op), if(text != [], do: Enum.join(text, "\n\n"))}
  end

  defp name(op), do: Types.atom(op.name)

  # A family

  defp declaration(%{raw: true}), do: ""

  defp declaration(document) do
    groups = for group <- document.groups, do: group.name

    "use Linx.Netlink.Generic.Family, name: #{inspect(document.name)}, " <>
      "version: #{document.version}, groups: #{inspect(groups, limit: :infinity)}"
  end

  defp body(%{raw: false}, requests, notifications, plan) do
    [
      for(op <- requests, do: command(op, plan)),
      "\n",
      for(op <- notifications, do: ["event ", name(op), ", #{op.reply}, ", short(op, plan), "\n"])
    ]
  end

  # Another protocol

  defp body(document, requests, notifications, plan) do
    [
      """
      @typedoc \"\"\"
      A message: the type of the request and of the reply, the codec module of both, whether a request
      for one object and a dump exist.
      \"\"\"
      @type message :: %{
        type: 0..0xFFFF,
        reply: 0..0xFFFF | nil,
        module: module(),
        do: boolean(),
        dump: boolean()
      }

      @doc "Number of the netlink protocol."
      @spec protocol() :: non_neg_integer()
      def protocol, do: #{document.number || 0}

      @doc "Requests by name, with their types for `Linx.Netlink.Request`."
      @spec messages() :: %{atom() => message()}
      def messages do
      %{
      """,
      Enum.intersperse(Enum.map(requests, &row(&1, plan)), ",\n"),
      """
      }
      end

      @doc "Notifications: type, codec module, name."
      @spec notifications() :: [{0..0xFFFF, module(), atom()}]
      def notifications do
      [
      """,
      Enum.map_join(notifications, ",\n", &"{#{&1.reply}, #{short(&1, plan)}, #{name(&1)}}"),
      """
      ]
      end

      @doc "Multicast groups by name."
      @spec groups() :: %{String.t() => non_neg_integer() | nil}
      def groups do
      """,
      inspect(Map.new(document.groups, &{&1.name, &1.value}), limit: :infinity),
      "\nend\n"
    ]
  end

  defp row(op, plan) do
    "#{Text.name(op.name) |> key()} %{type: #{op.request}, reply: #{inspect(op.reply)}, " <>
      "module: #{short(op, plan)}, do: #{op.do}, dump: #{op.dump}}"
  end

  defp key(name) do
    [{String.to_atom(name), 0}]
    |> inspect()
    |> String.trim_leading("[")
    |> String.replace(~r/ 0\]$/, "")
  end

  defp command(op, plan) do
    dump = if op.dump, do: ", dump: true", else: ""
    ["command ", name(op), ", #{op.request}, ", short(op, plan), dump, "\n"]
  end
end
