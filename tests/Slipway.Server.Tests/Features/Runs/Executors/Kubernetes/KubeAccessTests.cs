using Microsoft.Extensions.Configuration;
using Slipway.Server.Features.Runs.Executors.Kubernetes;

namespace Slipway.Server.Tests.Features.Runs.Executors.Kubernetes;

public sealed class KubeAccessTests : IDisposable
{
    private const string Cluster = "server: https://10.0.0.1:6443";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("slipway-kubeconfig-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void A_token_file_beside_the_kubeconfig_is_found()
    {
        File.WriteAllText(Path.Combine(_folder.FullName, "token"), "from-a-file\n");

        var access = Load(Cluster, "tokenFile: token");

        Assert.Equal(("https://10.0.0.1:6443/", "from-a-file", "team"), (access.Server.ToString(), access.Token, access.Namespace));
    }

    [Theory]
    [InlineData(Cluster, "exec: { command: aws }", "exec")]
    [InlineData(Cluster, "auth-provider: { name: gcp }", "auth-provider")]
    [InlineData(Cluster, "username: admin", "username")]
    [InlineData(Cluster, "as: somebody", "as")]
    [InlineData(Cluster + "\n    proxy-url: http://proxy", "token: t", "proxy-url")]
    [InlineData("server: ftp://10.0.0.1", "token: t", "ftp://10.0.0.1")]
    [InlineData("server: http://10.0.0.1", "token: t", "AllowsInsecureServer")]
    [InlineData(Cluster + "\n    insecure-skip-tls-verify: true", "token: t", "AllowsInsecureServer")]
    [InlineData(Cluster + "\n    certificate-authority-data: '***'", "token: t", "certificate-authority-data")]
    [InlineData(Cluster, "tokenFile: no-such-file", "no-such-file")]
    public void What_cannot_be_used_is_refused_by_name(string cluster, string user, string named)
    {
        var refusal = Assert.Throws<KubeException>(() => Load(cluster, user));

        Assert.Contains(named, refusal.Message, StringComparison.Ordinal);
        Assert.False(refusal.IsPassing);
    }

    [Theory]
    [InlineData("a: [")]
    [InlineData("- a list")]
    [InlineData("current-context: nowhere")]
    [InlineData("")]
    public void Any_other_file_is_refused_in_words(string text)
    {
        var path = Path.Combine(_folder.FullName, "config");
        File.WriteAllText(path, text);

        var refusal = Assert.Throws<KubeException>(() => Kubeconfig.Load(path, null));

        Assert.Contains(path, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void In_a_pod_the_service_account_is_taken()
    {
        foreach (var (name, text) in new[] { ("token", "pod-token"), ("ca.crt", "pem"), ("namespace", "trainings\n") })
        {
            File.WriteAllText(Path.Combine(_folder.FullName, name), text);
        }

        var access = KubeAccess.Load(new KubernetesOptions(), Settings(
            ("KUBERNETES_SERVICE_HOST", "fd00::1"), ("KUBERNETES_SERVICE_PORT", "6443"),
            ("Training:Kubernetes:ServiceAccountFolder", _folder.FullName)));

        Assert.Equal(("https://[fd00::1]:6443/", "pod-token", "trainings"), (access.Server.ToString(), access.Token, access.Namespace));
    }

    [Fact]
    public void Without_credentials_it_says_where_they_would_be_named()
    {
        var refusal = Assert.Throws<KubeException>(() => KubeAccess.Load(new KubernetesOptions(), Settings()));

        Assert.Contains("Training:Kubernetes:Kubeconfig", refusal.Message, StringComparison.Ordinal);
    }

    private static IConfiguration Settings(params (string Key, string Value)[] settings) => new ConfigurationBuilder()
        .AddInMemoryCollection(settings.Select(pair => KeyValuePair.Create<string, string?>(pair.Key, pair.Value))).Build();

    private KubeAccess Load(string cluster, string user)
    {
        var path = Path.Combine(_folder.FullName, "config");
        File.WriteAllText(path, $"""
            current-context: one
            contexts:
            - name: one
              context:
                cluster: c
                user: u
                namespace: team
            clusters:
            - name: c
              cluster:
                {cluster}
            users:
            - name: u
              user:
                {user}
            """);
        return KubeAccess.Load(new KubernetesOptions { Kubeconfig = path }, Settings());
    }
}
