using System.Text.Json;
using System.Text.Json.Serialization;
using Slipway.Client.Chat;
using Slipway.Client.Datasets;
using Slipway.Client.Errors;
using Slipway.Client.Health;
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
