"""How to mend a proxy, in the words of each of those in use."""

BUFFERING = (
    "nginx: proxy_http_version 1.1; proxy_buffering off; gzip off; and no proxy_ignore_headers X-Accel-Buffering",
    "Caddy: reverse_proxy … { flush_interval -1 }, and no encode for text/event-stream",
    "Apache: ProxyPass … flushpackets=on, and SetEnv no-gzip 1 for the site",
    "Cloudflare: no Rocket Loader, no cache rule for this host; a Worker in between has to pass streams on",
)
UPGRADE = (
    "nginx: proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $connection_upgrade;",
    "Caddy: reverse_proxy passes WebSockets by itself; look at what stands before it",
    "Apache: a2enmod proxy_wstunnel, and ProxyPass … upgrade=websocket",
    "Cloudflare: Network, WebSockets: on",
)
IDLE = (
    "nginx: proxy_read_timeout 90s;",
    "Caddy: no read_timeout under 90s in transport http",
    "Apache: ProxyTimeout 90",
    "Cloudflare: closes after 100 s of silence, which is enough: look at what stands behind it",
    "or let Rivulet speak more often: VIEWER_HEARTBEAT_SECONDS",
)
BODY = (
    "nginx: client_max_body_size {megabytes}m;",
    "Caddy: request_body {{ max_size {megabytes}MB }}",
    "Apache: LimitRequestBody {bytes}",
    "Cloudflare: 100 MB on the smaller plans; import larger files past it",
)
HOST = (
    "nginx: proxy_set_header Host $host;  ($http_host where the port is not the usual one)",
    "Caddy: passes it by itself; take out header_up Host",
    "Apache: ProxyPreserveHost On",
)
SCHEME = (
    "nginx: proxy_set_header X-Forwarded-Proto $scheme;",
    "Caddy: sends it by itself; trusted_proxies where another proxy stands before it",
    'Apache: RequestHeader set X-Forwarded-Proto "https"',
)
FIGURES = (
    "set METRICS_TOKEN and give it to Prometheus as its bearer_token",
    "or have the proxy answer 404 to /metrics",
)


def body(limit: int) -> tuple[str, ...]:
    megabytes = -(-limit // 1024**2) + 1
    return tuple(line.format(megabytes=megabytes, bytes=limit) for line in BODY)
