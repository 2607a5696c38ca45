using Slipway.Engine.Formats;
using Slipway.Server.Platform.Languages;

namespace Slipway.Server.Serving;

/// <summary>What is said about models, in both languages.</summary>
internal static class ServingSentences
{
    public static Sentence Ready { get; } = new("模型正常", "The model works.");

    public static Sentence Stopping { get; } = new("服务正在停止，请稍后重试。", "The server is stopping; try again later.");

    public static Sentence NothingConfigured { get; } = new(
        "没有配置模型；请在请求中给出 {\"model\": \"GGUF 文件的路径\"}，或以 --model 启动服务。",
        "No model is configured; send {\"model\": \"path of a GGUF file\"}, or start the server with --model.");

    public static Sentence NoModel(Sentence? failure) => failure is { } reason
        ? new($"模型未加载：{reason.Chinese}", $"No model is loaded: {reason.English}")
        : new(
            "模型未加载；请以 --model GGUF文件 启动服务，或调用 POST /api/v1/model/load {\"model\": \"GGUF 文件的路径\"}。",
            "No model is loaded. Start the server with --model FILE.gguf, or POST /api/v1/model/load {\"model\": \"path of a GGUF file\"}.");

    public static Sentence Loading(string model, int percent) => new(
        $"模型“{model}”正在加载（{percent}%）。", $"The model '{model}' is being loaded ({percent} %).");

    public static Sentence OtherModel(string asked, string loaded) => new(
        $"模型“{asked}”未加载；当前模型是“{loaded}”。", $"The model '{asked}' is not loaded; loaded is '{loaded}'.");

    public static Sentence TooLong(int tokens, int most) => new(
        $"对话有 {tokens} 个 token，最多可接受 {most} 个；请缩短消息或历史。",
        $"The conversation has {tokens} tokens; up to {most} are accepted. Shorten the message or the history.");

    public static Sentence TooManyDimensions(int asked, int width) => new(
        $"模型的向量只有 {width} 维，不能给出 {asked} 维。", $"The model's vectors have {width} dimensions; {asked} were asked for.");

    public static Sentence UnsupportedSchema(string feature, string path) => new(
        $"JSON schema 中 {path} 处的 {feature} 不受支持。", $"The JSON schema asks at {path} for what is not supported: {feature}.");

    public static Sentence NoTemplate(string model) => new(
        $"模型“{model}”没有对话模板，不能用于对话。", $"The model '{model}' has no chat template; it is not made for conversations.");

    public static Sentence TemplateRefused(string reason) => new(
        $"模型的对话模板不接受这段对话：{reason}", $"The model's chat template does not take this conversation: {reason}");

    public static Sentence Unsuitable(string reason) => new($"模型不接受该请求：{reason}", $"The model does not take this request: {reason}");

    public static Sentence Busy { get; } = new("请求过多，排队已满，请稍后重试。", "Too many requests are waiting; try again later.");

    public static Sentence StepFailed { get; } = new(
        "模型上一次计算失败，原因见日志。", "The model's last step failed; the log has the reason.");

    public static Sentence Failed(string id) => new(
        $"模型计算失败；日志中的编号为 {id}。", $"The model failed; the log has the reason under id {id}.");

    public static Sentence ChangedMeanwhile { get; } = new(
        "模型在此期间已被更换或卸载，格式未切换。", "The model was changed or unloaded meanwhile; its format was not switched.");

    public static Sentence AnotherModel(ModelSource source, string model) => new(
        $"“{source.FileName}”不是模型“{model}”，格式未切换。", $"'{source.FileName}' is not the model '{model}'; its format was not switched.");

    public static Sentence NoRoomForCache(ModelSource source, long missing) => new(
        $"“{source.FileName}”的布局不同，需要第二份 KV 缓存，而内存还缺 {missing} 字节；原有权重继续服务。可用 Serving:KvTokens 缩小缓存。",
        FormattableString.Invariant($"'{source.FileName}' is laid out otherwise and needs a second cache of keys and values, for which {missing:N0} bytes of memory are missing; the old weights go on serving. Serving:KvTokens makes the cache smaller."));

    // The name only: where on the machine the file lies is not for every client to know.
    public static Sentence LoadFailed(ModelSource source, Exception exception) => exception switch
    {
        ModelFormatException => Unusable(source, exception),
        FileNotFoundException when Directory.Exists(source.Path) => Unusable(source, exception), // A folder that lacks a file.
        FileNotFoundException or DirectoryNotFoundException => new(
            $"模型文件“{source.FileName}”不存在。", $"The model file '{source.FileName}' is not there."),
        OutOfMemoryException => new(
            $"内存不足，无法加载模型“{source.FileName}”。", $"There is not enough memory for the model '{source.FileName}'."),
        OperationCanceledException => Stopping,
        _ => new($"模型文件“{source.FileName}”无法读取。", $"The model file '{source.FileName}' cannot be read."),
    };

    private static Sentence Unusable(ModelSource source, Exception exception) => new(
        $"模型文件“{source.FileName}”不可用：{WithoutFolder(exception, source)}",
        $"The model file '{source.FileName}' cannot be used: {WithoutFolder(exception, source)}");

    private static string WithoutFolder(Exception exception, ModelSource source) =>
        exception.Message.Replace(Path.GetDirectoryName(source.Path) + Path.DirectorySeparatorChar, "", StringComparison.Ordinal);
}
