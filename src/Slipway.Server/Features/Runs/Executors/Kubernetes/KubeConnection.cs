using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;

namespace Slipway.Server.Features.Runs.Executors.Kubernetes;

/// <summary>The pool of connections to one cluster, with its own idea of whom to trust.</summary>
internal static class KubeConnection
{
    /// <exception cref="KubeException">A certificate cannot be used.</exception>
    public static HttpClient Open(KubeAccess access)
    {
        var tls = new SslClientAuthenticationOptions();
        if (access.AcceptsAnyCertificate)
        {
#pragma warning disable CA5359 // Asked for twice: by the kubeconfig and by AllowsInsecureServer.
            tls.RemoteCertificateValidationCallback = (_, _, _, _) => true;
#pragma warning restore CA5359
        }
        else if (access.Authorities is not null)
        {
            tls.CertificateChainPolicy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                // A cluster's own authority publishes no list of what it has taken back.
                RevocationMode = X509RevocationMode.NoCheck,
            };
            tls.CertificateChainPolicy.CustomTrustStore.AddRange(access.LoadAuthorities());
        }
        if (access.LoadClientCertificate() is { } certificate)
        {
            tls.ClientCertificateContext = SslStreamCertificateContext.Create(certificate, null, offline: true);
        }
        var handler = new SocketsHttpHandler
        {
            SslOptions = tls,
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            ConnectTimeout = TimeSpan.FromSeconds(10),
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            MaxResponseHeadersLength = 64,
        };
        var address = access.Server;
        if (access.TlsServerName is { } name)
        {
            // The certificate is checked against the address's host: call it by that name, and connect to where it really is.
            handler.ConnectCallback = (_, cancellationToken) => ConnectAsync(access.Server, cancellationToken);
            address = new UriBuilder(address) { Host = name }.Uri;
        }
        return new HttpClient(handler) { BaseAddress = address, Timeout = Timeout.InfiniteTimeSpan };
    }

    private static async ValueTask<Stream> ConnectAsync(Uri server, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(server.IdnHost, server.Port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
