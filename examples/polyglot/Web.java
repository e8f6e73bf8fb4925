import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;

/** Greets. Java compiles and runs a single file by itself, since version 11. */
public class Web {
    public static void main(String[] args) throws IOException {
        int port = Integer.parseInt(System.getenv("PORT"));
        String version = System.getProperty("java.version");
        String greeting = System.getProperty("greeting", "hello");
        byte[] body = String.format("%s from Java %s%n", greeting, version).getBytes();

        HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", port), 0);
        server.createContext("/", exchange -> {
            System.out.println(exchange.getRequestMethod() + " " + exchange.getRequestURI());
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();

        // SIGTERM runs the hook. It cannot change the exit code: that is 143, as if the signal had killed us.
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            server.stop(1); // answers on their way have a second
            System.out.println("bye from Java");
        }));
        long heap = Runtime.getRuntime().maxMemory() / (1024 * 1024);
        System.out.printf("Java %s on http://127.0.0.1:%d, %d MB heap%n", version, port, heap);
    }
}
