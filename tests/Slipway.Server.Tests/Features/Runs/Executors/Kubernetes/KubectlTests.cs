using System.Diagnostics;

namespace Slipway.Server.Tests.Features.Runs.Executors.Kubernetes;

/// <summary>The stand-in is close enough to a cluster that the real client takes it for one.</summary>
public sealed class KubectlTests
{
    private const string Manifest = """
        apiVersion: batch/v1
        kind: Job
        metadata: { name: by-hand }
        spec:
          backoffLimit: 0
          template:
            spec:
              restartPolicy: Never
              containers:
              - { name: training, image: "training:1", command: [sh, -c, echo hello from the pod] }

        """;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Kubectl_creates_reads_and_deletes_a_job()
    {
        Requirement.Check(Find() is not null, "kubectl is not installed (Debian: kubernetes-client).");
        await using var cluster = await ClusterStandIn.StartAsync();
        var config = cluster.WriteKubeconfig();
        var manifest = Path.Combine(cluster.Folder, "job.yaml");
        await File.WriteAllTextAsync(manifest, Manifest, Token);

        var created = await KubectlAsync(config, "create", "--validate=false", "-f", manifest);
        await Patience.UntilAsync(
            async () => await KubectlAsync(config, "get", "job", "by-hand", "-o", "jsonpath={.status.succeeded}") == "1", () => "It was not completed.");
        var logs = await KubectlAsync(config, "logs", "job/by-hand");
        var listed = await KubectlAsync(config, "get", "jobs", "-o", "name");
        var deleted = await KubectlAsync(config, "delete", "job", "by-hand");

        Assert.Equal(
            ["job.batch/by-hand created", "hello from the pod", "job.batch/by-hand", "job.batch \"by-hand\" deleted"],
            // Newer ones name the namespace too.
            new[] { created, logs, listed, deleted }.Select(text => text.Trim().Replace(" from trainings namespace", "", StringComparison.Ordinal)));
        Assert.Empty(cluster.Store.List("jobs", ClusterStandIn.Namespace));
    }

    [Fact]
    public async Task Kubectl_is_refused_where_the_executor_would_be()
    {
        Requirement.Check(Find() is not null, "kubectl is not installed (Debian: kubernetes-client).");
        await using var cluster = await ClusterStandIn.StartAsync();
        var manifest = Path.Combine(cluster.Folder, "job.yaml");
        await File.WriteAllTextAsync(manifest, Manifest.Replace("backoffLimit", "backofLimit", StringComparison.Ordinal), Token);

        var refusal = await KubectlAsync(cluster.WriteKubeconfig(), "create", "--validate=false", "-f", manifest);
        var stranger = await KubectlAsync(cluster.WriteKubeconfig("token: stolen"), "get", "jobs");

        Assert.Contains("unknown field", refusal, StringComparison.Ordinal);
        Assert.Matches("provide credentials|Unauthorized", stranger);
    }

    private static string? Find() => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')
        .Select(folder => Path.Combine(folder, "kubectl")).FirstOrDefault(File.Exists);

    private static async Task<string> KubectlAsync(string config, params string[] arguments)
    {
        var start = new ProcessStartInfo(Find()!, ["--kubeconfig", config, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        // Its cache of what a server offers is kept by address, which another test may have had.
        start.Environment["HOME"] = Path.GetDirectoryName(config);
        start.Environment["KUBECACHEDIR"] = config + "-cache";
        using var kubectl = Process.Start(start)!;
        var output = kubectl.StandardOutput.ReadToEndAsync(Token);
        var errors = kubectl.StandardError.ReadToEndAsync(Token);
        await kubectl.WaitForExitAsync(Token);
        return await output + await errors;
    }
}
