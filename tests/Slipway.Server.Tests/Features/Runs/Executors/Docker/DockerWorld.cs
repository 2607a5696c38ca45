namespace Slipway.Server.Tests.Features.Runs.Executors.Docker;

/// <summary>The tests with one engine among them.</summary>
[CollectionDefinition(Name)]
public sealed class DockerWorld : ICollectionFixture<DockerDaemon>
{
    public const string Name = "docker";
}
