using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Slipway.Server.Features.Runs.Executors.Kubernetes;

/// <summary>Where a cluster's API is, and who we are there.</summary>
internal sealed record KubeAccess
{
    /// <summary>The largest file that is read for it.</summary>
    public const int LargestFile = 1 << 20;

    private const string AccountFolder = "/var/run/secrets/kubernetes.io/serviceaccount";

    public required Uri Server { get; init; }

    /// <summary>What the server's certificate must name, where that is not its address.</summary>
    public string? TlsServerName { get; init; }

    /// <summary>PEM; null trusts whom the system trusts.</summary>
    public string? Authorities { get; init; }

    public bool AcceptsAnyCertificate { get; init; }

    public string? Token { get; init; }

    /// <summary>PEM, with <see cref="ClientKey"/>.</summary>
    public string? ClientCertificate { get; init; }

    public string? ClientKey { get; init; }

    public string? Namespace { get; init; }

    /// <summary>The same while connections may be kept: everything but the token.</summary>
    public string ConnectionHash => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(
        string.Join('\n', Server, TlsServerName, Authorities, AcceptsAnyCertificate, ClientCertificate, ClientKey))));

    /// <summary>Reads the files anew: tokens and certificates are changed under us.</summary>
    /// <exception cref="KubeException">There are none, or they cannot be used; the message says what would be.</exception>
    public static KubeAccess Load(KubernetesOptions options, IConfiguration configuration)
    {
        var access = (options.Kubeconfig ?? configuration["KUBECONFIG"]) is { Length: > 0 } file
            ? Kubeconfig.Load(file, options.Context)
            : OfPod(configuration);
        return options.AllowsInsecureServer || (access.Server.Scheme == Uri.UriSchemeHttps && !access.AcceptsAnyCertificate)
            ? access
            : throw KubeException.Unusable(
                $"The Kubernetes API at '{access.Server}' cannot be told from an impostor. Use https with certificate-authority-data, "
                + "or set Training:Kubernetes:AllowsInsecureServer.");
    }

    /// <summary>A file's text without the white space around it.</summary>
    /// <exception cref="KubeException">It cannot be read.</exception>
    public static string ReadFile(string path)
    {
        try
        {
            if (new FileInfo(path).Length > LargestFile)
            {
                throw KubeException.Unusable($"'{path}' is larger than {LargestFile} bytes: that is no file of credentials.");
            }
            return File.ReadAllText(path).Trim();
        }
        catch (Exception exception) when (exception is UnauthorizedAccessException or ArgumentException or NotSupportedException
            || (exception is IOException and not KubeException))
        {
            throw KubeException.Unusable($"'{path}' cannot be read: {exception.Message}", inner: exception);
        }
    }

    /// <summary>The certificate that we show, with its key; null without one.</summary>
    /// <exception cref="KubeException">It cannot be used.</exception>
    public X509Certificate2? LoadClientCertificate()
    {
        if (ClientCertificate is null || ClientKey is null)
        {
            return null;
        }
        try
        {
            using var pem = X509Certificate2.CreateFromPem(ClientCertificate, ClientKey);
            // A key that came from PEM cannot be used for TLS on every system; one from PKCS#12 can.
            return X509CertificateLoader.LoadPkcs12(pem.Export(X509ContentType.Pkcs12), null);
        }
        catch (CryptographicException exception)
        {
            throw KubeException.Unusable($"The client certificate for '{Server}' cannot be used: {exception.Message}", inner: exception);
        }
    }

    /// <summary>Whom the server's certificate may come from.</summary>
    /// <exception cref="KubeException">That is no certificate.</exception>
    public X509Certificate2Collection LoadAuthorities()
    {
        var authorities = new X509Certificate2Collection();
        try
        {
            authorities.ImportFromPem(Authorities);
        }
        catch (CryptographicException exception)
        {
            throw KubeException.Unusable($"The certificate authority of '{Server}' cannot be used: {exception.Message}", inner: exception);
        }
        return authorities;
    }

    private static KubeAccess OfPod(IConfiguration configuration)
    {
        var (host, port) = (configuration["KUBERNETES_SERVICE_HOST"], configuration["KUBERNETES_SERVICE_PORT"] ?? "443");
        var folder = configuration["Training:Kubernetes:ServiceAccountFolder"] ?? AccountFolder;
        // An IPv6 address stands bare in the variable.
        host = host?.Contains(':') == true ? $"[{host}]" : host;
        if (host is null or "" || !Uri.TryCreate($"https://{host}:{port}/", UriKind.Absolute, out var server))
        {
            throw KubeException.Unusable(
                "There are no credentials for a Kubernetes cluster: this server is in no pod. Name a kubeconfig with "
                + "Training:Kubernetes:Kubeconfig or KUBECONFIG.");
        }
        return new KubeAccess
        {
            Server = server,
            Authorities = ReadFile(Path.Combine(folder, "ca.crt")),
            Token = ReadFile(Path.Combine(folder, "token")),
            Namespace = ReadFile(Path.Combine(folder, "namespace")),
        };
    }
}
