using System.Text;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Slipway.Server.Features.Runs.Executors.Kubernetes;

/// <summary>
/// Reads the file that kubectl uses. What would run a foreign program or send the calls through somebody else is refused by name
/// rather than left out: the calls would arrive as another one than the file says, or not at all.
/// </summary>
internal static class Kubeconfig
{
    private static readonly string[] RefusedUserKeys = ["exec", "auth-provider", "username", "password", "as", "as-uid", "as-groups"];

    /// <exception cref="KubeException">It cannot be used; the message names the entry.</exception>
    public static KubeAccess Load(string path, string? context)
    {
        if (path.Contains(Path.PathSeparator))
        {
            throw KubeException.Unusable(
                $"KUBECONFIG names several files ('{path}'). Name one: kubectl config view --flatten --minify makes it.");
        }
        var root = Parse(path);
        var name = context ?? Text(root, "current-context")
            ?? throw KubeException.Unusable($"'{path}' has no current-context. Name one with Training:Kubernetes:Context.");
        var chosen = Named(root, "contexts", "context", name, path);
        var cluster = Named(root, "clusters", "cluster", Text(chosen, "cluster"), path);
        var user = Named(root, "users", "user", Text(chosen, "user"), path);
        Refuse(user, RefusedUserKeys, path,
            "Slipway runs no programs for credentials and acts as nobody else; use a token, a tokenFile or a client certificate "
            + "(kubectl create token makes one for a service account)");
        Refuse(cluster, ["proxy-url"], path, "Slipway calls the cluster directly");
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        return new KubeAccess
        {
            Server = ServerOf(cluster, path),
            TlsServerName = Text(cluster, "tls-server-name"),
            Authorities = Pem(cluster, "certificate-authority", folder),
            AcceptsAnyCertificate = Text(cluster, "insecure-skip-tls-verify") == "true",
            // As kubectl: the file wins, because it can be renewed.
            Token = Text(user, "tokenFile") is { } file ? KubeAccess.ReadFile(Path.Combine(folder, file)) : Text(user, "token"),
            ClientCertificate = Pem(user, "client-certificate", folder),
            ClientKey = Pem(user, "client-key", folder),
            Namespace = Text(chosen, "namespace"),
        };
    }

    private static YamlMappingNode Parse(string path)
    {
        try
        {
            var yaml = new YamlStream();
            yaml.Load(new StringReader(KubeAccess.ReadFile(path)));
            if (yaml.Documents is [{ RootNode: YamlMappingNode root }])
            {
                return root;
            }
        }
        catch (YamlException exception)
        {
            throw KubeException.Unusable($"'{path}' is no YAML (line {exception.Start.Line}): {exception.Message}", inner: exception);
        }
        throw KubeException.Unusable($"'{path}' is no kubeconfig: it does not hold one mapping.");
    }

    private static Uri ServerOf(YamlMappingNode cluster, string path)
    {
        var server = Text(cluster, "server");
        return Uri.TryCreate(server?.TrimEnd('/') + "/", UriKind.Absolute, out var url)
            && (url.Scheme == Uri.UriSchemeHttps || url.Scheme == Uri.UriSchemeHttp)
                ? url
                : throw KubeException.Unusable($"'{path}': the server '{server}' is no https address.");
    }

    private static YamlMappingNode Named(YamlMappingNode root, string list, string kind, string? name, string path)
    {
        if (name is not null && Child(root, list) is YamlSequenceNode entries)
        {
            foreach (var entry in entries.OfType<YamlMappingNode>().Where(entry => Text(entry, "name") == name))
            {
                return Child(entry, kind) as YamlMappingNode ?? new YamlMappingNode();
            }
        }
        throw KubeException.Unusable($"'{path}' has no {kind} '{name}'.");
    }

    private static void Refuse(YamlMappingNode node, string[] keys, string path, string remedy)
    {
        foreach (var key in keys.Where(key => Child(node, key) is { } value && value is not YamlScalarNode { Value: null or "" }))
        {
            throw KubeException.Unusable($"'{path}' has '{key}', which is not supported: {remedy}.");
        }
    }

    // Data in the file itself wins over the name of another file.
    private static string? Pem(YamlMappingNode node, string key, string folder)
    {
        if (Text(node, key + "-data") is not { } data)
        {
            return Text(node, key) is { } file ? KubeAccess.ReadFile(Path.Combine(folder, file)) : null;
        }
        var bytes = new byte[data.Length];
        return Convert.TryFromBase64String(data, bytes, out var length)
            ? Encoding.UTF8.GetString(bytes, 0, length)
            : throw KubeException.Unusable($"The kubeconfig's '{key}-data' is no base64.");
    }

    private static YamlNode? Child(YamlMappingNode node, string key) =>
        node.Children.TryGetValue(new YamlScalarNode(key), out var child) ? child : null;

    private static string? Text(YamlMappingNode node, string key) =>
        Child(node, key) is YamlScalarNode { Value.Length: > 0 } text ? text.Value : null;
}
