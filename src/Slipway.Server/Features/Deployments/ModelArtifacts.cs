using Slipway.Server.Features.Runs;
using Slipway.Server.Features.Runs.Artifacts;
using Slipway.Server.Platform.Files;

namespace Slipway.Server.Features.Deployments;

/// <summary>Models that runs have made, deployed by their artifact's id. The deployment keeps them, whatever becomes of the run.</summary>
internal sealed class ModelArtifacts(ArtifactStore artifacts, RunFolders runs, DeploymentFolders folders)
{
    /// <summary>The artifact that is meant; null, with no refusal, when this is no artifact's id.</summary>
    public async Task<(ArtifactRow? Artifact, string? Refusal)> FindAsync(string modelPath, CancellationToken cancellationToken)
    {
        if (!Guid.TryParseExact(modelPath, "D", out _))
        {
            return (null, null);
        }
        if (await artifacts.FindAsync(modelPath, cancellationToken) is not { } artifact)
        {
            return (null, $"There is no artifact '{modelPath}'; GET /runs/ID/artifacts lists a run's.");
        }
        using var file = PlainFile.TryOpenInside(runs.Root, artifact.PathInRuns);
        return artifact.Kind != "model" ? (null, $"The artifact '{artifact.Name}' is of kind '{artifact.Kind}'; only one of kind 'model' can be deployed.")
            : file is null ? (null, $"The file '{artifact.Name}' of run '{artifact.RunId}' is not on this server.")
            : (artifact, null);
    }

    /// <summary>Gives the model a place in the deployment's folder, at no cost in bytes; returns where it is: a GGUF file, or a folder with all that belongs to it.</summary>
    public string Lay(ArtifactRow artifact, string deploymentId)
    {
        var (source, target) = (Path.Combine(runs.Root, artifact.PathInRuns), folders.ModelOf(deploymentId));
        if (!artifact.Name.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase))
        {
            SharedFile.LinkTree(Path.GetDirectoryName(source)!, target);
            return target;
        }
        Directory.CreateDirectory(target);
        var file = Path.Combine(target, Path.GetFileName(source));
        SharedFile.Link(source, file);
        return file;
    }
}
