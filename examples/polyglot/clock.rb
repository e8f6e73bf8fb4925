# Tells the time.
require "socket"

$stdout.sync = true # into a pipe, lines would be written in blocks

port = ENV.fetch("PORT")
server = TCPServer.new("127.0.0.1", port)
Signal.trap("TERM") { server.close } # which ends accept with an IOError
puts "Ruby #{RUBY_VERSION} on http://127.0.0.1:#{port}"

begin
  loop do
    Thread.start(server.accept) do |client|
      request = client.gets("\r\n\r\n")
      puts request.lines.first if request
      client.write "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", Time.now.strftime("it is %T\n")
    ensure
      client.close
    end
  end
rescue IOError
  puts "bye from Ruby"
end
