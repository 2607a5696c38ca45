using System.Text.Json;
using System.Text.Json.Serialization;
using Slipway.Client.Chat;
using Slipway.Client.Datasets;
using Slipway.Client.Deployer;
using Slipway.Client.Deployments;
using Slipway.Client.Errors;
using Slipway.Client.Generation;
using Slipway.Client.Health;
using Slipway.Client.Projects;
using Slipway.Client.Runs;
using Slipway.Client.TrainingConfigs;

namespace Slipway.Client;

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web,
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ChatRequest))]
[JsonSerializable(typeof(ChatResponse))]
[JsonSerializable(typeof(ChatEvent))]
[JsonSerializable(typeof(ModelInfo))]
[JsonSerializable(typeof(LoadModelRequest))]
[JsonSerializable(typeof(ModelStatus))]
[JsonSerializable(typeof(ChatHealth))]
[JsonSerializable(typeof(HealthReport))]
[JsonSerializable(typeof(GenerateRequest))]
[JsonSerializable(typeof(GenerateResponse))]
[JsonSerializable(typeof(ThinkRequest))]
[JsonSerializable(typeof(ThinkResponse))]
[JsonSerializable(typeof(GenerateBatchRequest))]
[JsonSerializable(typeof(GenerateBatchResponse))]
[JsonSerializable(typeof(GenerationStats))]
[JsonSerializable(typeof(QuantizationStatus))]
[JsonSerializable(typeof(SwitchFormatRequest))]
[JsonSerializable(typeof(TrainConfig))]
[JsonSerializable(typeof(IReadOnlyList<TrainConfig>))]
[JsonSerializable(typeof(UploadedTrainConfig))]
[JsonSerializable(typeof(DeletedTrainConfig))]
[JsonSerializable(typeof(IReadOnlyList<BodyFault>))]
[JsonSerializable(typeof(CreateDatasetRequest))]
[JsonSerializable(typeof(UpdateDatasetRequest))]
[JsonSerializable(typeof(DatasetCreated))]
[JsonSerializable(typeof(DatasetDetail))]
[JsonSerializable(typeof(DatasetDeleted))]
[JsonSerializable(typeof(UploadedFile))]
[JsonSerializable(typeof(UploadAborted))]
[JsonSerializable(typeof(ResumableUpload))]
[JsonSerializable(typeof(DatasetValidation))]
[JsonSerializable(typeof(DatasetPreview))]
[JsonSerializable(typeof(DatasetStatistics))]
[JsonSerializable(typeof(IReadOnlyList<DatasetDetail>))]
[JsonSerializable(typeof(CreateProjectRequest))]
[JsonSerializable(typeof(UpdateProjectRequest))]
[JsonSerializable(typeof(ProjectDetail))]
[JsonSerializable(typeof(IReadOnlyList<ProjectDetail>))]
[JsonSerializable(typeof(StartRunRequest))]
[JsonSerializable(typeof(RetryRunRequest))]
[JsonSerializable(typeof(RunDetail))]
[JsonSerializable(typeof(IReadOnlyList<RunDetail>))]
[JsonSerializable(typeof(RunLogLine))]
[JsonSerializable(typeof(IReadOnlyList<RunLogLine>))]
[JsonSerializable(typeof(RunProgress))]
[JsonSerializable(typeof(RunFrame))]
[JsonSerializable(typeof(RunProgressReport))]
[JsonSerializable(typeof(IReadOnlyList<RunMetricPoint>))]
[JsonSerializable(typeof(RunComparison))]
[JsonSerializable(typeof(RunArtifact))]
[JsonSerializable(typeof(IReadOnlyList<RunArtifact>))]
[JsonSerializable(typeof(TagsBody))]
[JsonSerializable(typeof(CreateDeploymentRequest))]
[JsonSerializable(typeof(DeploymentInfo))]
[JsonSerializable(typeof(IReadOnlyList<DeploymentInfo>))]
[JsonSerializable(typeof(DeploymentRemoved))]
[JsonSerializable(typeof(DeployRequest))]
[JsonSerializable(typeof(DeployStarted))]
[JsonSerializable(typeof(DeployedModelRequest))]
[JsonSerializable(typeof(DeployedModelStatus))]
[JsonSerializable(typeof(IReadOnlyList<DeployedModelRow>))]
[JsonSerializable(typeof(DeployerSuccess))]
[JsonSerializable(typeof(ModelDetailsRequest))]
[JsonSerializable(typeof(IReadOnlyDictionary<string, DeployableModel>))]
[JsonSerializable(typeof(IReadOnlyDictionary<string, DeployableModelDetail>))]
internal sealed partial class ClientJson : JsonSerializerContext
{
    /// <summary>Leaves Chinese as it is: bodies are read by people in logs and captures.</summary>
    public static ClientJson Wire { get; } = new(new JsonSerializerOptions(JsonSerializerDefaults.Web)
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = WireText.Encoder,
    });
}
