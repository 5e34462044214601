defmodule Linx.Test.Tcp do
  @moduledoc false
  # TCP connections between network namespaces, made by Python: a server that echoes, and clients that
  # keep their connection until `close!/1`. TCP Fast Open is used where sysctls allow it.
  #
  #     Tcp.serve!(ns, "192.0.2.1", 7000)
  #     client = Tcp.connect!(other, "192.0.2.1", 7000)
  #     Tcp.close!(client)

  @server """
  import os, socket, sys, threading
  address, port, protocol = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
  family = socket.AF_INET6 if ":" in address else socket.AF_INET
  server = socket.socket(family, socket.SOCK_STREAM, protocol)
  server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
  if protocol == 6: server.setsockopt(socket.IPPROTO_TCP, socket.TCP_FASTOPEN, 16)
  server.bind((address, port))
  server.listen()
  def echo(sock):
      try:
          while data := sock.recv(65536): sock.sendall(data)
      except OSError: pass
      sock.close()
  def accept():
      while True: threading.Thread(target=echo, args=(server.accept()[0],), daemon=True).start()
  threading.Thread(target=accept, daemon=True).start()
  print("ready", flush=True)
  sys.stdin.read()
  os._exit(0)
  """

  @client """
  import socket, sys
  address, port, protocol = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
  family = socket.AF_INET6 if ":" in address else socket.AF_INET
  sock = socket.socket(family, socket.SOCK_STREAM, protocol)
  # TCP_FASTOPEN_CONNECT
  if protocol == 6: sock.setsockopt(socket.IPPROTO_TCP, 30, 1)
  sock.connect((address, port))
  for _ in range(20):
      sock.sendall(b"x" * 10000)
      rest = 10000
      while rest: rest -= len(sock.recv(rest))
  print("ready", sock.getsockname()[1], flush=True)
  sys.stdin.readline()
  sock.close()
  print("closed", flush=True)
  """

  # IPPROTO_TCP; IPPROTO_MPTCP is 262.
  @tcp 6

  @doc "Starts a server in a namespace, until the calling process ends."
  def serve!(ns, address, port, protocol \\ @tcp) do
    {server, _} = start!(ns, @server, [address, port, protocol])
    server
  end

  @doc "Connects from a namespace, sends data both ways; returns the client and its port number."
  def connect!(ns, address, port, protocol \\ @tcp) do
    {client, [local]} = start!(ns, @client, [address, port, protocol])
    %{client: client, port: String.to_integer(local)}
  end

  @doc "Closes a connection."
  def close!(%{client: client}) do
    Port.command(client, "\n")
    "closed" = line!(client)
    :ok
  end

  defp start!(ns, script, args) do
    words = ~w(netns exec #{ns} python3 -c) ++ [script | Enum.map(args, &to_string/1)]
    options = [:binary, :exit_status, line: 1000, args: words]
    port = Port.open({:spawn_executable, System.find_executable("ip")}, options)
    ["ready" | rest] = port |> line!() |> String.split()
    {port, rest}
  end

  defp line!(port) do
    receive do
      {^port, {:data, {:eol, line}}} -> line
      {^port, {:exit_status, status}} -> raise "Python ended with #{status}"
    end
  end
end
