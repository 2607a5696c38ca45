namespace Slipway.Server.Tests.Features.Runs.Executors.Slurm;

/// <summary>The tests with one cluster among them.</summary>
[CollectionDefinition(Name)]
public sealed class SlurmWorld : ICollectionFixture<SlurmCluster>
{
    public const string Name = "slurm";
}
